// A folder store whose disk is mounted late, not at all, or swapped: the folder is renamed, which needs no
// root.
#include "backup/jobs/own_store.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "backup/forwarding_store.hpp"
#include "backup/jobs/drill.hpp"
#include "backup/jobs/job_facts.hpp"
#include "backup/jobs/job_view.hpp"
#include "backup/jobs/jobs.hpp"
#include "backup/restore/recover.hpp"
#include "backup/ship/ship_file.hpp"
#include "backup/ship/shipper.hpp"
#include "base/random.hpp"
#include "journal/test_folder.hpp"
#include "os/files.hpp"

namespace steward::backup {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::MatchesRegex;

const std::string kOld = "01JDK9M1Q3V6Y5Z7ABCDEFGHJA", kRun = "01JDK9M1Q3V6Y5Z7ABCDEFGHJK";

/// Somebody else acts just after we have looked at an object.
class Watched final : public ForwardingStore {
 public:
  Watched(std::unique_ptr<objects::ObjectStore> real, std::function<void()>& then)
      : ForwardingStore(*real), own_(std::move(real)), then_(then) {}
  Result<objects::ObjectInfo> head(std::string_view key) override {
    auto info = real_.head(key);
    if (then_) std::exchange(then_, nullptr)();
    return info;
  }

 private:
  std::unique_ptr<objects::ObjectStore> own_;
  std::function<void()>& then_;
};

class OwnStore : public testing::Test {
 protected:
  OwnStore() {
    settings_.state = folder_.path() + "/state";
    settings_.objects.url = "file://" + mount();
    settings_.objects.host = "trader-1";
    config::Backup job;
    job.name = "own";
    job.sources = {"journals"};
    job.when.every = "6h";
    job.ship = kSecond;
    settings_.backups = {job};
    begin();
  }

  std::string mount() const { return folder_.path() + "/mount"; }
  std::string disk(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string journal(const std::string& run = kRun) const {
    return settings_.state + "/bots/racing/runs/" + run + "/journal.000001.jsonl";
  }
  /// A disk that was used for this before, or somebody wants to.
  void make_disk(const std::string& name) const { fs::create_directories(disk(name) + "/.steward-store"); }
  /// What is there now goes to `aside`; `name` comes, else an empty folder is left.
  void swap(const std::string& aside, const std::string& name = "") const {
    fs::rename(mount(), disk(aside));
    name.empty() ? static_cast<void>(fs::create_directory(mount())) : fs::rename(disk(name), mount());
  }
  /// rm -rf MOUNT/*
  void empty() const {
    std::vector<fs::path> paths(fs::directory_iterator(mount()), {});
    std::erase_if(paths, [](const fs::path& path) { return path.filename() == ".steward-store"; });
    for (const fs::path& path : paths) fs::remove_all(path);
  }
  void begin() {
    shipper_.reset();
    shipper_ = std::make_unique<Shipper>(
        ship_job_of(settings_.backups[0], settings_).value(),
        [this]() -> Result<std::unique_ptr<objects::ObjectStore>> {
          auto store = open_own_store(settings_, {});
          if (!store) return store;
          return std::make_unique<Watched>(std::move(*store), then_);
        },
        clock_, random_);
  }
  void ship(std::int64_t ns = kSecond) {
    clock_.advance(ns);
    while (shipper_->turn()) clock_.advance(kMillisecond);
  }
  void write(const std::string& text, const std::string& run = kRun) {
    fs::create_directories(parent_of(journal(run)));
    std::ofstream(journal(run), std::ios::app) << text;
    const timespec now = timespec_of(clock_.wall()), times[2] = {now, now};
    ASSERT_EQ(::utimensat(AT_FDCWD, journal(run).c_str(), times, 0), 0);
    written_[run] += text;
  }
  Result<JobOutcome> run() {
    auto store = open_own_store(settings_, {});
    if (!store) return std::unexpected(store.error());
    Result<JobOutcome> done = fail(Code::internal, "");
    // It lowers its thread's priority for good.
    std::jthread([&] {
      done = run_job(settings_, settings_.backups[0], **store, {.clock = &clock_});
    }).join();
    return done;
  }
  JobFacts facts() const { return read_job_facts(work_folder(settings_.state), "own", place_of(settings_)); }
  ShipFacts shipped() const { return read_ship_file(work_folder(settings_.state), "own").facts; }
  static std::string identity(const std::string& folder) {
    return (*objects::open_store("file://" + folder, {.read_only = true}))->identity();
  }
  using Journals = std::map<std::string, std::string>;  ///< by run
  /// The journals as a new machine gets them from what is mounted now.
  Journals recovered(const std::string& name) const {
    const auto store = objects::open_store(settings_.objects.url, {.read_only = true});
    const auto done = recover(**store, {}, {.to = disk(name)});
    if (!done) return {{"error", done.error().text()}};
    Journals journals;
    for (const auto& [run, text] : written_)
      journals[run] = read_file(disk(name) + journal(run), 1 << 20).value_or("nothing");
    return journals;
  }

  journal::TestFolder folder_;
  config::Settings settings_;
  ManualClock clock_{SystemClock().wall()};
  SeededRandom random_{1};
  std::function<void()> then_;  ///< done once, after the shipper's next look at an object
  std::unique_ptr<Shipper> shipper_;
  Journals written_;
};

TEST_F(OwnStore, OfADiskThatIsMountedLaterGetsEverything) {
  write("long over\n", kOld);
  write("below the mount point\n");
  ship();
  ASSERT_TRUE(run());
  write("shipped there\n");
  ship(120 * kSecond);
  make_disk("late");
  swap("below", "late");
  write("on the disk\n");
  ship();
  EXPECT_THAT(shipper_->facts().error, HasSubstr("is another folder than the one that was opened"));
  ship();
  EXPECT_EQ(shipper_->facts().error, "");
  EXPECT_EQ(shipper_->facts().behind_bytes, 0);
  EXPECT_EQ(recovered("1"), written_);
  EXPECT_EQ(facts().store, identity(mount()));
  EXPECT_EQ(facts().made.started, 0) << "there is no backup in it, so the agent makes one at once";
  ASSERT_TRUE(run());
  write("the end\n");
  ship();
  EXPECT_EQ(recovered("2"), written_);
  shipper_.reset();
  EXPECT_EQ(shipped().store, identity(mount()));
}

TEST_F(OwnStore, WithoutItsDiskIsNotMadeAnewAndGoesOnWithIt) {
  write("1\n");
  ship();
  ASSERT_TRUE(run());
  ship();
  const std::int64_t objects = shipper_->facts().objects;
  swap("unmounted");
  for (const bool restarted : {false, true}) {
    if (restarted) begin();
    write("2\n");
    for (int i = 0; i < 3; ++i) ship(60 * kSecond);
    EXPECT_THAT(
        shipper_->facts().error,
        MatchesRegex("file://.*/mount holds no store, but backups went there until 20..-..-..T..:..Z: is its "
                     "disk mounted\\? On one that is new, was emptied or got a copy, make "
                     "/.*/mount/.steward-store"));
    EXPECT_EQ(shipped().error, shipper_->facts().error) << "for `backup status`";
    EXPECT_NE(shipper_->facts().failing_since, 0);
    EXPECT_EQ(shipper_->facts().behind_bytes, restarted ? 4 : 2);
    EXPECT_LT(shipper_->facts().safe_until(), clock_.wall() - 120 * kSecond) << "the alarm counts from here";
    EXPECT_THAT(run().error().text(), HasSubstr("is its disk mounted?"));
    EXPECT_THAT(open_own_store(settings_, {.read_only = true}).error().text(), HasSubstr("disk mounted?"));
  }
  EXPECT_TRUE(fs::is_empty(mount()));
  fs::remove(mount());
  EXPECT_THAT(run().error().text(), HasSubstr("is its disk mounted?")) << "a folder on the disk";
  EXPECT_FALSE(exists(mount()));

  fs::rename(disk("unmounted"), mount());
  ship(60 * kSecond);
  EXPECT_EQ(shipper_->facts().error, "");
  EXPECT_EQ(shipper_->facts().objects, objects + 1) << "it knows what is there";
  EXPECT_EQ(recovered("new"), written_);
}

TEST_F(OwnStore, ThatWasEmptiedOnPurposeBeginsAnewWhereItsFolderSaysSo) {
  write("1\n");
  ship();
  ASSERT_TRUE(run());
  fs::remove_all(mount());
  make_disk("mount");
  write("2\n");
  ship();
  ship();
  EXPECT_EQ(recovered("1"), written_);
  ASSERT_TRUE(run());
  EXPECT_EQ(recovered("2"), written_);
}

TEST_F(OwnStore, ThatIsNotThereIsNamedAsOneWouldWriteIt) {
  settings_.objects.url += "//";
  ASSERT_TRUE(run());
  fs::remove_all(mount());
  EXPECT_THAT(run().error().text(), testing::EndsWith("/mount/.steward-store"));
}

TEST_F(OwnStore, ThatWasEmptiedButForItsOwnFolderIsNotBelievedToHoldAnything) {
  write("long over\n", kOld);
  write("1\n");
  ship();
  for (const bool with_backup : {false, true}) {
    if (with_backup) {
      ASSERT_TRUE(run());
      ship(60 * kSecond);
    }
    empty();
    // Somebody writes all the time, so no minute is idle.
    for (int i = 0; i < 65; ++i) {
      write("2\n");
      ship();
    }
    EXPECT_EQ(facts().made.started, 0) << "so the agent makes a backup at once";
    EXPECT_EQ(shipper_->facts().error, "");
    EXPECT_EQ(recovered(with_backup ? "2" : "1"), written_);
  }
  ASSERT_TRUE(run());
  write("3\n");
  ship();
  EXPECT_EQ(recovered("3"), written_);
}

TEST_F(OwnStore, WhoseNewestBackupWasRemovedIsAskedForAnother) {
  write("1\n");
  for (const bool restarted : {false, true}) {
    clock_.advance(60 * kSecond);
    ASSERT_TRUE(run());
    ship(60 * kSecond);  // nothing: the backup holds it
    if (restarted) shipper_.reset();
    fs::remove_all(mount() + "/own");
    {
      const auto runs = lock_job(work_folder(settings_.state), "own");
      ASSERT_TRUE(open_own_store(settings_, {}));
      EXPECT_NE(facts().made.started, 0) << "who runs says itself what it made";
    }
    if (restarted) begin();
    ship(60 * kSecond);
    ship(60 * kSecond);
    EXPECT_EQ(facts().made.started, 0);
    EXPECT_EQ(recovered(restarted ? "2" : "1"), written_);
  }
}

TEST_F(OwnStore, WhoseBackupIsFoundMissingByTwoAtOnceGetsEverything) {
  write("1\n");
  clock_.advance(60 * kSecond);
  ASSERT_TRUE(run());
  ship(60 * kSecond);
  empty();
  write("2\n");
  then_ = [this] { ASSERT_TRUE(open_own_store(settings_, {.read_only = true})); };  // a drill
  ship();
  EXPECT_FALSE(then_);
  EXPECT_EQ(facts().made.started, 0);
  EXPECT_EQ(recovered("new"), written_);
}

TEST_F(OwnStore, OfAnotherDiskIsAskedForABackupAtOnceAndIsNotLateForThat) {
  ASSERT_TRUE(run());
  const WallNs day = 24 * 3600 * kSecond;
  JobFacts before = facts();
  before.scheduled = {schedule_text(settings_.backups[0]), clock_.wall() - 30 * day};
  ASSERT_TRUE(write_job_facts(work_folder(settings_.state), "own", before));
  EXPECT_FALSE(view_job(settings_.backups[0], settings_, clock_.wall()).run_plan.start);
  make_disk("other");
  swap("one", "other");
  ASSERT_TRUE(open_own_store(settings_, {}));
  const JobView view = view_job(settings_.backups[0], settings_, SystemClock().wall());
  EXPECT_TRUE(view.run_plan.start);
  EXPECT_LT(view.overdue_ns(SystemClock().wall()).value_or(0), day);
  EXPECT_EQ(view.exposure_ns(clock_.wall()), std::nullopt);
}

TEST_F(OwnStore, OfAnotherDiskIsCoveredByItsOwnBackupsAlone) {
  write("1\n");
  ship();
  clock_.advance(60 * kSecond);
  ASSERT_TRUE(run());
  const std::string one = facts().store;
  make_disk("other");
  swap("one", "other");
  // A run still holds the facts, and says what it made in the other one.
  const auto lock = lock_job(work_folder(settings_.state), "own");
  write("2\n");
  ship(60 * kSecond);
  ship(60 * kSecond);
  EXPECT_NE(shipper_->facts().store, one);
  EXPECT_EQ(facts().store, one);
  EXPECT_EQ(recovered("new"), written_);
}

TEST_F(OwnStore, OfAnEarlierVersionIsWhatItsFactsAreOf) {
  write("1\n");
  ship();
  ASSERT_TRUE(run());
  shipper_.reset();
  JobFacts facts = this->facts();
  ShipFile file = read_ship_file(work_folder(settings_.state), "own");
  facts.store.clear(), file.facts.store.clear();
  ASSERT_TRUE(write_job_facts(work_folder(settings_.state), "own", facts));
  ASSERT_TRUE(write_ship_file(work_folder(settings_.state), "own", file.facts, file.files));
  fs::remove(mount() + "/.steward-store/id");
  swap("unmounted");
  EXPECT_THAT(run().error().text(), HasSubstr("is its disk mounted?"));
  EXPECT_TRUE(fs::is_empty(mount()));
  swap("empty", "unmounted");
  begin();
  write("2\n");
  ship();
  EXPECT_EQ(shipper_->facts().objects, file.facts.objects + 1);
  EXPECT_EQ(this->facts().made.time, facts.made.time);
  EXPECT_EQ(shipper_->facts().store, identity(mount()));
  EXPECT_EQ(recovered("new"), written_);
}

TEST_F(OwnStore, OfADrillIsThatOfTheDiskThatIsThere) {
  write("1\n");
  ASSERT_TRUE(run());
  make_disk("other");
  swap("one", "other");
  ASSERT_TRUE(run());
  swap("other", "one");
  auto store = open_own_store(settings_, {.read_only = true});
  ASSERT_TRUE(store);
  Result<DrillReport> drilled = fail(Code::internal, "");
  std::jthread([&] { drilled = run_drill(settings_, settings_.backups[0], **store); }).join();
  ASSERT_TRUE(drilled) << drilled.error().text();
  EXPECT_EQ(facts().store, identity(mount()));
  EXPECT_EQ(facts().proved.time, drilled->time);
}

/// Whatever is mounted, emptied, written, killed and backed up on the way: once a disk is there and has been
/// shipped to, it brings everything back.
RC_GTEST_FIXTURE_PROP(OwnStore, HasEverythingWhicheverDiskIsThereInTheEnd,
                      (const std::vector<std::uint8_t>& steps)) {
  const std::string disks[] = {"one", "two", "three", "below"};
  for (const std::string& name : {disks[0], disks[1], disks[2]}) make_disk(name);
  fs::create_directory(mount());
  std::string here = "below";  // nothing is mounted
  write("over\n", kOld);
  const auto mount_disk = [&](const std::string& name) {
    if (name == here) return;
    swap(here, name);
    here = name;
  };
  const std::string ship_file = work_folder(settings_.state) + "/own.ship";
  for (const std::uint8_t step : steps) {
    switch (step % 8) {
      case 0:
      case 1:
        mount_disk(disks[step / 8 % 4]);
        break;
      case 2: {  // a kill: what was saved is older
        const auto before = read_file(ship_file, 1 << 20);
        ship();
        shipper_.reset();
        before ? static_cast<void>(replace_file(ship_file, *before))
               : static_cast<void>(fs::remove(ship_file));
        begin();
        break;
      }
      case 3:
        static_cast<void>(run());
        break;
      case 4:
        ship(60 * kSecond);
        break;
      case 5:
        ship();
        break;
      case 6:
        if (step / 8 % 4 == 0) empty();
        break;
      default:
        write(std::string(step, 'x') + "\n");
    }
  }
  write("the end\n");
  for (const std::string& last : {disks[0], disks[1]}) {
    mount_disk(last);
    for (int i = 0; i < 3; ++i) ship(60 * kSecond);
    RC_ASSERT(shipper_->facts().error == "");
    RC_ASSERT(shipper_->facts().behind_bytes == 0);
    RC_ASSERT(recovered("new-" + last) == written_);
  }
}

}  // namespace
}  // namespace steward::backup
