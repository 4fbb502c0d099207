// The store is away for an hour: what the schedule and the shipping of journals do meanwhile, and afterwards.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>
#include <thread>

#include "agent/backups.hpp"
#include "backup/forwarding_store.hpp"
#include "backup/jobs/configured.hpp"
#include "backup/jobs/jobs.hpp"
#include "backup/manifest/catalog.hpp"
#include "backup/restore/recover.hpp"
#include "journal/test_folder.hpp"
#include "objects/open_store.hpp"
#include "os/files.hpp"

namespace steward::agent {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kMinute = 60 * kSecond;
const std::string kRun = "01JDK9M1Q3V6Y5Z7ABCDEFGHJK";

void expect_about(std::int64_t value, std::int64_t expected, std::int64_t give_or_take) {
  EXPECT_LE(std::abs(value - expected), give_or_take) << value << ", expected about " << expected;
}

/// Answers nothing while it is away, and counts who asked.
class Away final : public backup::ForwardingStore {
 public:
  struct Line {
    bool cut = false;
    std::int64_t refused = 0, largest = 0;
  };
  Away(objects::ObjectStore& real, Line& line) : ForwardingStore(real), line_(line) {}
  Result<objects::ObjectInfo> put(std::string_view key, std::string_view bytes,
                                  const objects::PutOptions& options) override {
    line_.largest = std::max(line_.largest, static_cast<std::int64_t>(bytes.size()));
    return line_.cut ? refuse() : real_.put(key, bytes, options);
  }
  Result<std::unique_ptr<objects::ObjectWriter>> create(std::string_view key,
                                                        const objects::WriteOptions& options) override {
    if (line_.cut) return refuse();
    return real_.create(key, options);
  }
  Result<objects::ObjectPage> list(std::string_view prefix, std::string_view after, int most) override {
    if (line_.cut) return refuse();
    return real_.list(prefix, after, most);
  }

 private:
  std::unexpected<Error> refuse() {
    ++line_.refused;
    return fail(Code::unavailable, "the store is away");
  }
  Line& line_;
};

/// Runs the job where it is asked for it, as the child would, in no time.
class AtOnce final : public BackupLauncher {
 public:
  explicit AtOnce(std::function<Status()> run) : run_(std::move(run)) {}
  Status start(std::string_view, const std::string&) override {
    Status done;
    std::jthread([&] { done = run_(); }).join();  // it lowers its thread's priority for good
    end_ = done ? ChildEnd{} : ChildEnd{.status = 1 << 8, .output = "steward: " + done.error().text()};
    return {};
  }
  std::optional<ChildEnd> ended() override { return std::exchange(end_, std::nullopt); }

 private:
  std::function<Status()> run_;
  std::optional<ChildEnd> end_;
};

class StoreAway : public testing::Test {
 protected:
  void SetUp() override {
    settings_.state = folder_.path();
    settings_.objects.host = "trader-1";
    config::Backup job;
    job.name = "own";
    job.sources = {"journals"};
    job.when.every = "10m";
    job.ship = kSecond;
    settings_.backups = {job};
    trade();
    backups_ =
        std::make_unique<Backups>(folder_.path(), clock_, std::make_unique<AtOnce>([this] { return run(); }));
    backups_->assign(settings_);
    shipper_ = std::make_unique<backup::Shipper>(
        backup::ship_job_of(settings_.backups[0], settings_).value(),
        [this] { return std::make_unique<Away>(*real_, shipping_); }, clock_, random_);
  }

  Status run() {
    attempts_.push_back((clock_.wall() - kBegin) / kSecond);
    Away store(*real_, backing_up_);
    auto done = backup::run_job(settings_, settings_.backups[0], store, {.clock = &clock_});
    return done ? Status{} : std::unexpected(done.error());
  }
  /// A line of the bot's journal, written at the test's time.
  void trade() {
    const std::string line =
        R"({"type":"note","text":")" + std::string(2000, 'x') + std::to_string(lines_++) + "\"}";
    folder_.append("racing", kRun, line);
    journal_ += line + "\n";
    const timespec now{clock_.wall() / kSecond, clock_.wall() % kSecond};
    const timespec times[2] = {now, now};
    ASSERT_EQ(::utimensat(AT_FDCWD, folder_.segment("racing", kRun).c_str(), times, 0), 0);
  }
  /// Second by second, as the agent does it.
  void live(std::int64_t seconds) {
    for (std::int64_t i = 0; i < seconds; ++i) {
      clock_.advance(kSecond);
      trade();
      while (shipper_->turn()) {
      }
      backups_->take_shipped({{"own", shipper_->facts()}});
      backups_->look();
    }
  }
  void cut(bool cut) { shipping_.cut = backing_up_.cut = cut; }
  backup::JobView view() const { return backups_->views().at(0); }
  std::size_t complete() const {
    return static_cast<std::size_t>(std::ranges::count_if(*backup::list_folders(*real_, "own"),
                                                          [](const auto& each) { return each.complete(); }));
  }
  std::size_t tails() const { return backup::list_tails(*real_, "own", "trader-1")->times.size(); }
  /// What the store alone brings back.
  std::string recovered(const std::string& name) {
    const std::string to = folder_.path() + "/" + name;
    EXPECT_TRUE(backup::recover(*real_, {}, {.to = to}));
    return read_file(to + folder_.segment("racing", kRun), 1 << 30).value_or("nothing");
  }

  /// A moment of the schedule, later than any file that exists.
  const WallNs kBegin = (SystemClock().wall() / (10 * kMinute) + 1) * 10 * kMinute;
  journal::TestFolder folder_;
  std::unique_ptr<objects::ObjectStore> real_ = objects::make_memory_store();
  Away::Line shipping_, backing_up_;
  ManualClock clock_{kBegin};
  SeededRandom random_{1};
  config::Settings settings_;
  std::unique_ptr<Backups> backups_;
  std::unique_ptr<backup::Shipper> shipper_;
  std::vector<std::int64_t> attempts_;  ///< seconds since the beginning
  std::string journal_;
  int lines_ = 0;
};

TEST_F(StoreAway, ForAnHourIsToldAndThenCaughtUpOnce) {
  live(300);
  ASSERT_EQ(attempts_.size(), 1U);
  EXPECT_EQ(view().exposure_ns(clock_.wall()), 0) << "shipped each second";
  const std::size_t before = journal_.size();
  cut(true);
  live(3600);

  // The schedule: due at 10 minutes, then after 1, 2, 4, 8 and 16 more; the next is due when it is back.
  ASSERT_EQ(attempts_.size(), 7U);
  const std::int64_t minutes[] = {0, 10, 11, 13, 17, 25, 41};
  for (std::size_t i = 0; i < 7; ++i) expect_about(attempts_[i], 60 * minutes[i], 20);
  EXPECT_EQ(view().runs.failures, 6) << "three are an alarm";
  EXPECT_THAT(view().run_error, HasSubstr("the store is away"));
  expect_about(*view().overdue_ns(clock_.wall()), 55 * kMinute, 5 * kSecond);
  EXPECT_EQ(complete(), 1U) << "what was made is as it was";
  // The shipper: once a minute at most, nothing held, and what would be lost is known to the byte.
  EXPECT_LE(shipping_.refused, 130);
  EXPECT_GE(shipping_.refused, 60);
  const backup::ShipFacts facts = shipper_->facts();
  EXPECT_THAT(facts.error, HasSubstr("the store is away"));
  expect_about(clock_.wall() - facts.failing_since, 60 * kMinute, 5 * kSecond);
  expect_about(facts.behind_bytes, static_cast<std::int64_t>(journal_.size() - before),
               61 * 2100);  // since its last look
  expect_about(*view().exposure_ns(clock_.wall()), 60 * kMinute, 5 * kSecond);

  cut(false);
  live(61);
  EXPECT_EQ(shipper_->facts().error, "");
  EXPECT_EQ(shipper_->facts().behind_bytes, 0) << "within a minute";
  EXPECT_LE(shipping_.largest, backup::Shipper::kAtOnce);
  EXPECT_EQ(recovered("shipped"), journal_);
  live(13 * 60);
  ASSERT_EQ(attempts_.size(), 8U) << "seven moments were missed, one backup catches up";
  expect_about(attempts_[7], 60 * 73, 20);
  EXPECT_EQ(view().runs.failures, 0);
  EXPECT_EQ(view().run_error, "");
  EXPECT_EQ(*view().overdue_ns(clock_.wall()), 0);
  EXPECT_EQ(complete(), 2U);
  live(4 * 60);
  ASSERT_EQ(attempts_.size(), 9U);
  expect_about(attempts_[8], 60 * 80, 20);  // as the schedule says
  EXPECT_LT(tails(), 10 * 60U) << "what was shipped before is in the backup";
  EXPECT_EQ(recovered("afterwards"), journal_);
}

}  // namespace
}  // namespace steward::agent
