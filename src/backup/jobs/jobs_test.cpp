#include "backup/jobs/jobs.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "backup/forwarding_store.hpp"
#include "backup/jobs/configured.hpp"
#include "backup/jobs/drill.hpp"
#include "backup/jobs/job_facts.hpp"
#include "backup/manifest/catalog.hpp"
#include "backup/restore/recover.hpp"
#include "backup/ship/shipper.hpp"
#include "base/random.hpp"
#include "journal/test_folder.hpp"
#include "objects/open_store.hpp"

namespace steward::backup {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kDay = 86'400 * kSecond;
const std::string kRun = "01JDK9M1Q3V6Y5Z7ABCDEFGHJK";

/// One object goes right after the nth listing, as if another host removed it.
class Vanishing final : public ForwardingStore {
 public:
  Vanishing(objects::ObjectStore& real, std::string key, int nth)
      : ForwardingStore(real), key_(std::move(key)), left_(nth) {}
  Result<objects::ObjectPage> list(std::string_view prefix, std::string_view after, int most) override {
    auto page = real_.list(prefix, after, most);
    if (--left_ == 0) static_cast<void>(real_.remove(key_));
    return page;
  }
  bool vanished() const { return left_ <= 0; }

 private:
  std::string key_;
  int left_;
};

/// Removes nothing while it is told so, as a store whose rights end there.
class Undeletable final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  Status remove(std::string_view key) override {
    if (refuses && key.find(".tail/") == std::string_view::npos && !key.ends_with(kClaimName))
      return fail(Code::denied, "nobody may remove {}", key);
    return real_.remove(key);
  }
  bool refuses = false;
};

class JobsTest : public testing::Test {
 protected:
  JobsTest() {
    settings_.state = folder_.path();
    settings_.objects.host = "trader-1";
    job_.name = "own";
    job_.sources = {"journals"};
    job_.ship = kSecond;
    job_.keep.last = 1;
    begin_shipping();
  }

  void begin_shipping() {
    shipper_.reset();
    shipper_ = std::make_unique<Shipper>(
        ship_job_of(job_, settings_).value(), [this] { return std::make_unique<ForwardingStore>(*memory_); },
        clock_, random_);
  }
  void trade() {
    folder_.append("racing", kRun, "{\"n\":" + std::to_string(++lines_) + "}");
    clock_.advance(kSecond);
    const timespec now{clock_.wall() / kSecond, clock_.wall() % kSecond};
    const timespec times[2] = {now, now};
    ASSERT_EQ(::utimensat(AT_FDCWD, folder_.segment("racing", kRun).c_str(), times, 0), 0);
    clock_.advance(kSecond);
    shipper_->turn();
  }
  Result<JobOutcome> run(objects::ObjectStore& store) {
    Result<JobOutcome> done = fail(Code::internal, "");
    // It lowers its thread's priority for good.
    std::jthread([&] { done = run_job(settings_, job_, store, {.clock = &clock_}); }).join();
    return done;
  }
  Result<JobOutcome> run() { return run(store_); }
  JobFacts facts() const {
    return read_job_facts(work_folder(settings_.state), job_.name, place_of(settings_));
  }
  std::vector<std::string> times() {
    std::vector<std::string> times;
    for (const Folder& folder : list_folders(store_, job_.name).value()) times.push_back(folder.time);
    return times;
  }
  /// The journal as a new machine gets it from the store.
  std::string recovered() {
    const journal::TestFolder to;
    auto done = recover(store_, {}, {.to = to.path() + "/new"});
    if (!done) return done.error().text();
    std::ifstream in(to.path() + "/new" + folder_.segment("racing", kRun), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string journal() const {
    std::string all;
    for (int n = 1; n <= lines_; ++n) all += "{\"n\":" + std::to_string(n) + "}\n";
    return all;
  }

  journal::TestFolder folder_;
  config::Settings settings_;
  config::Backup job_;
  std::unique_ptr<objects::ObjectStore> memory_ = objects::make_memory_store();
  Undeletable store_{*memory_};
  ManualClock clock_{SystemClock().wall()};
  SeededRandom random_{1};
  std::unique_ptr<Shipper> shipper_;
  int lines_ = 0;
};

TEST_F(JobsTest, AfterAClockThatWasAheadTheNewestBackupIsTheOneMadeLast) {
  trade();
  clock_.jump_wall(1000 * kDay);
  const auto ahead = run();
  ASSERT_TRUE(ahead) << ahead.error().text();
  trade();
  clock_.jump_wall(-1000 * kDay);
  std::string before = ahead->backup.time;
  for (const bool knows_nothing : {false, true, false}) {
    trade();
    if (knows_nothing) std::filesystem::remove_all(work_folder(settings_.state));
    begin_shipping();
    const auto made = run();
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_GT(made->backup.time, before);
    before = made->backup.time;
    EXPECT_THAT(made->backup.notes, Contains(HasSubstr("of a clock that was ahead")));
    EXPECT_THAT(times(), ElementsAre(before)) << "the one that was just made is kept";
    EXPECT_EQ(facts().made.started / kDay, clock_.wall() / kDay);
    trade();
    trade();
    EXPECT_EQ(recovered(), journal());
  }
  clock_.advance(1001 * kDay);
  const auto caught_up = run();
  EXPECT_EQ(caught_up->backup.time, time_name(facts().made.started));
  EXPECT_THAT(caught_up->backup.notes, Not(Contains(HasSubstr("ahead"))));
}

TEST_F(JobsTest, IntoAnotherStoreAllIsShippedAnew) {
  trade();
  ASSERT_TRUE(run());
  trade();
  settings_.objects.url = "s3://another";
  memory_ = objects::make_memory_store();
  Undeletable another(*memory_);
  begin_shipping();
  EXPECT_EQ(unshipped(job_, settings_, clock_).behind_bytes, static_cast<std::int64_t>(journal().size()));
  trade();
  const auto recovered_from = [&] {
    const journal::TestFolder to;
    EXPECT_TRUE(recover(another, {}, {.to = to.path() + "/new"}));
    std::ifstream in(to.path() + "/new" + folder_.segment("racing", kRun), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  EXPECT_EQ(recovered_from(), journal()) << "before its first backup";
  EXPECT_EQ(facts().made.started, 0);
  const auto made = run(another);
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(made->backup.parent, "");
  trade();
  EXPECT_EQ(recovered_from(), journal());
}

TEST_F(JobsTest, WhatAnotherHostsClockSaidDoesNotMatter) {
  settings_.objects.host = "trader-2";
  clock_.advance(kDay);
  const auto theirs = run();
  settings_.objects.host = "trader-1";
  clock_.jump_wall(-kDay);
  const auto ours = run();
  EXPECT_EQ(ours->backup.time, time_name(facts().made.started));
  EXPECT_THAT(times(), ElementsAre(ours->backup.time, theirs->backup.time));
}

TEST_F(JobsTest, WhatAnotherHostRemovesMeanwhileIsNoFailure) {
  settings_.objects.host = "trader-2";
  clock_.advance(kDay);
  const std::string key = key_of(job_.name, run()->backup.time, kManifestName);
  const std::string manifest = store_.read(key, 0, 1 << 20, {}).value();
  settings_.objects.host = "trader-1";
  clock_.jump_wall(-kDay);
  ASSERT_TRUE(run());
  int nth = 1;
  for (bool vanished = true; vanished && nth < 20; ++nth) {
    ASSERT_TRUE(store_.put(key, manifest, {}));
    clock_.advance(kSecond);
    Vanishing store(*memory_, key, nth);
    const auto done = run(store);
    EXPECT_TRUE(done) << nth << ": " << done.error().text();
    if (done) EXPECT_NE(done->backup.parent, "");
    vanished = store.vanished();
  }
  EXPECT_GT(nth, 4) << "it lists for its name, its parent and for what to remove";
}

TEST_F(JobsTest, OldBackupsThatCannotBeRemovedAreFailuresInARow) {
  ASSERT_TRUE(run());
  store_.refuses = true;
  job_.sources = {folder_.path()};
  for (const int failures : {1, 2, 3}) {
    clock_.advance(kDay);
    const auto done = run();
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().text(), HasSubstr("is made, but old ones cannot be removed: nobody may remove"));
    EXPECT_EQ(facts().failures, failures);
    EXPECT_EQ(facts().run.error, done.error().text());
    EXPECT_EQ(facts().made.started, facts().run.started);
  }
  store_.refuses = false;
  clock_.advance(kDay);
  ASSERT_TRUE(run());
  EXPECT_EQ(facts().failures, 0);
}

TEST_F(JobsTest, ShippedJournalsGoAlsoWhenOldBackupsStay) {
  ASSERT_TRUE(run());
  trade();
  ASSERT_EQ(list_tails(store_, "own", "trader-1")->times.size(), 1U);
  store_.refuses = true;
  clock_.advance(kDay);
  folder_.append("football", kRun, "{}");
  static_cast<void>(run());
  EXPECT_TRUE(list_tails(store_, "own", "trader-1")->times.empty());
}

TEST_F(JobsTest, ADryRunSaysWhatARunRemoves) {
  job_.sources = {folder_.path()};
  job_.excludes = {"backup"};
  job_.keep.last = 2;
  std::vector<std::string> made;
  for (int i = 0; i < 4; ++i) {
    trade();
    clock_.advance(kDay);
    made.push_back(run()->backup.time);
  }
  for (int i = 0; i < 4; ++i) {
    trade();
    clock_.advance(kDay);
    const bool full = i % 2 == 0;
    const auto before = times();
    const auto foreseen = foresee_removal(settings_, job_, store_, full);
    EXPECT_EQ(times(), before);
    Result<JobOutcome> done = fail(Code::internal, "");
    std::jthread([&] { done = run_job(settings_, job_, store_, {.full = full, .clock = &clock_}); }).join();
    EXPECT_EQ(foreseen->removed, done->pruned.removed);
  }
}

TEST_F(JobsTest, DrillsThatAreKilledAreFailuresInARow) {
  JobFacts killed;
  killed.drill.started = 1;
  killed.drill_failures = 4;
  ASSERT_TRUE(write_job_facts(work_folder(settings_.state), job_.name, killed));
  std::jthread([&] { EXPECT_FALSE(run_drill(settings_, job_, store_, nullptr)); }).join();
  EXPECT_EQ(facts().drill_failures, 6) << "the killed one, and that there is no backup";
  note_failure(settings_, job_, true, Error(Code::unavailable, "no store"));
  EXPECT_EQ(facts().drill_failures, 7);
  EXPECT_EQ(facts().drill.error, "no store");
  EXPECT_EQ(facts().failures, 0);
}

}  // namespace
}  // namespace steward::backup
