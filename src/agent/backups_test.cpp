#include "agent/backups.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backup/jobs/configured.hpp"
#include "journal/test_folder.hpp"
#include "os/files.hpp"

namespace steward::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kMinute = 60 * kSecond, kHour = 60 * kMinute;

/// Starts nothing, and notes what it was asked for.
class FakeLauncher final : public BackupLauncher {
 public:
  explicit FakeLauncher(std::vector<std::string>& started) : started_(started) {}
  Status start(std::string_view verb, const std::string& job) override {
    if (broken) return fail(Code::unavailable, "no process can be had");
    started_.push_back(std::string(verb) + " " + job);
    return {};
  }
  std::optional<ChildEnd> ended() override { return std::exchange(end, std::nullopt); }

  bool broken = false;
  std::optional<ChildEnd> end;

 private:
  std::vector<std::string>& started_;
};

class BackupsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(make_folders(backup::work_folder(state_)));
    auto launcher = std::make_unique<FakeLauncher>(started_);
    launcher_ = launcher.get();
    backups_ = std::make_unique<Backups>(state_, clock_, std::move(launcher));
  }

  void assign(std::initializer_list<std::string> names, const std::string& drill = "") {
    config::Settings settings;
    for (const std::string& name : names) {
      config::Backup backup;
      backup.name = name;
      backup.when.every = "1h";
      backup.drill.when.every = drill;
      settings.backups.push_back(backup);
    }
    backups_->assign(settings);
  }
  void look_after(std::int64_t ns) {
    clock_.advance(ns);
    backups_->look();
  }
  /// The process has made what it was to make, as its facts say.
  void succeeds(const std::string& job, bool drill = false) {
    backup::JobFacts facts = backup::read_job_facts(backup::work_folder(state_), job);
    const WallNs now = clock_.wall();
    if (drill) {
      facts.drill = {.started = now, .finished = now + kSecond, .error = {}};
      facts.proved = {.time = facts.made.time, .started = facts.made.started, .finished = now + kSecond};
      facts.drill_failures = 0;
    } else {
      facts.run = {.started = now, .finished = now + kSecond, .error = {}};
      facts.made = {.time = backup::time_name(now), .started = now, .finished = now + kSecond};
      facts.failures = 0;
    }
    ASSERT_TRUE(backup::write_job_facts(backup::work_folder(state_), job, facts));
    launcher_->end = ChildEnd{};
  }
  backup::JobView view(const std::string& name) const {
    for (const backup::JobView& view : backups_->views())
      if (view.name == name) return view;
    ADD_FAILURE() << name << " is not shown";
    return {};
  }

  journal::TestFolder folder_;
  std::string state_ = folder_.path();
  ManualClock clock_;
  std::vector<std::string> started_;
  FakeLauncher* launcher_ = nullptr;
  std::unique_ptr<Backups> backups_;
};

TEST_F(BackupsTest, OneRunsAtATimeAndTheOtherIsNextWhenItEnds) {
  assign({"a", "b"});
  look_after(0);
  look_after(kSecond);
  EXPECT_THAT(started_, ElementsAre("run a"));
  EXPECT_TRUE(view("a").runs.running);
  succeeds("a");
  look_after(kSecond);
  EXPECT_THAT(started_, ElementsAre("run a", "run b"));
  succeeds("b");
  look_after(2 * kSecond);
  look_after(kMinute);
  EXPECT_THAT(started_, ElementsAre("run a", "run b"));
  look_after(kHour);
  EXPECT_THAT(started_, ElementsAre("run a", "run b", "run a"));
}

TEST_F(BackupsTest, ARunByHandIsWaitedForAndCounts) {
  assign({"a"});
  auto lock = backup::lock_job(backup::work_folder(state_), "a");
  ASSERT_TRUE(lock);
  ASSERT_TRUE(backup::write_job_facts(backup::work_folder(state_), "a", {.run = {.started = clock_.wall()}}));
  look_after(3 * kSecond);
  EXPECT_THAT(started_, ElementsAre());
  EXPECT_TRUE(view("a").runs.running);
  succeeds("a");
  lock = Fd();
  look_after(3 * kSecond);
  EXPECT_THAT(started_, ElementsAre());
  EXPECT_FALSE(view("a").runs.running);
}

TEST_F(BackupsTest, AProcessThatDiesBeforeItCanSayWhyIsAFailureWithABackOff) {
  assign({"a"});
  look_after(0);
  launcher_->end = ChildEnd{.status = 2 << 8, .output = "steward: what is this"};
  look_after(kSecond);
  EXPECT_EQ(view("a").runs.failures, 1);
  EXPECT_EQ(view("a").run_error, "steward: what is this");
  look_after(30 * kSecond);
  EXPECT_EQ(started_.size(), 1U);
  look_after(kMinute);
  EXPECT_EQ(started_.size(), 2U);
  launcher_->end = ChildEnd{.status = SIGKILL, .output = ""};
  look_after(kSecond);
  EXPECT_EQ(view("a").runs.failures, 2);
  EXPECT_THAT(view("a").run_error, HasSubstr("SIGKILL"));
  look_after(2 * kMinute);
  succeeds("a");
  look_after(kSecond);
  EXPECT_EQ(view("a").runs.failures, 0);
  EXPECT_EQ(view("a").run_error, "");
}

TEST_F(BackupsTest, AProcessThatCouldNotNoteItsEndIsOneFailureWithWhatItPrinted) {
  assign({"a"});
  look_after(0);
  ASSERT_TRUE(backup::write_job_facts(backup::work_folder(state_), "a", {.run = {.started = clock_.wall()}}));
  launcher_->end = ChildEnd{.status = 1 << 8, .output = "steward: the disk is full"};
  look_after(kSecond);
  EXPECT_EQ(view("a").runs.failures, 1);
  EXPECT_EQ(view("a").run_error, "steward: the disk is full");
  look_after(kMinute + kSecond);
  EXPECT_EQ(started_.size(), 2U) << "after the back-off";
  succeeds("a");
  look_after(kSecond);
  EXPECT_EQ(view("a").run_error, "");
}

TEST_F(BackupsTest, WhatCannotBeStartedIsToldAndTriedAgain) {
  assign({"a"});
  launcher_->broken = true;
  look_after(0);
  EXPECT_THAT(backups_->trouble(), HasSubstr("no process can be had"));
  EXPECT_EQ(view("a").runs.failures, 1);
  launcher_->broken = false;
  look_after(kMinute + kSecond);
  EXPECT_EQ(backups_->trouble(), "");
  EXPECT_THAT(started_, ElementsAre("run a"));
}

TEST_F(BackupsTest, ADrillFollowsTheFirstBackup) {
  assign({"a"}, "24h");
  look_after(0);
  EXPECT_FALSE(view("a").drill_plan.next) << "there is nothing to rehearse";
  succeeds("a");
  look_after(kSecond);
  EXPECT_THAT(started_, ElementsAre("run a", "drill a"));
  succeeds("a", true);
  look_after(kSecond);
  EXPECT_FALSE(view("a").drills.running);
  EXPECT_EQ(view("a").drills.failures, 0);
  EXPECT_EQ(started_.size(), 2U);
}

TEST_F(BackupsTest, AJobThatNeverSucceededIsLateHoweverOftenTheAgentStarts) {
  launcher_->broken = true;
  const auto restart = [this](std::initializer_list<std::string> names) {
    auto launcher = std::make_unique<FakeLauncher>(started_);
    launcher->broken = true;
    backups_ = std::make_unique<Backups>(state_, clock_, std::move(launcher));
    assign(names);
  };
  assign({"a"});
  for (int hour = 0; hour < 13; ++hour) {
    look_after(kHour - kMinute);
    restart({"a"});
    look_after(kMinute);
  }
  EXPECT_EQ(view("a").overdue_ns(clock_.wall()), 13 * kHour);
  // Another schedule is a new beginning; also one that changed while no agent lived.
  assign({"a"}, "24h");
  EXPECT_EQ(view("a").overdue_ns(clock_.wall()), 0);
  look_after(kHour);
  restart({"a"});
  EXPECT_EQ(view("a").overdue_ns(clock_.wall()), 0);
}

TEST_F(BackupsTest, TheJitterIsThatOfTheConfiguredHost) {
  std::vector<WallNs> next;
  for (const char* host : {"trader-1", "trader-2", "trader-1"}) {
    config::Settings settings;
    settings.objects.host = host;
    settings.backups.emplace_back().name = "a";
    settings.backups[0].when = {.every = "6h", .jitter = kHour};
    ASSERT_TRUE(
        backup::write_job_facts(backup::work_folder(state_), "a", {.made = {.started = clock_.wall()}}));
    backups_->assign(settings);
    next.push_back(view("a").run_plan.next.value());
  }
  EXPECT_EQ(next[0], next[2]);
  EXPECT_NE(next[0], next[1]);
}

TEST_F(BackupsTest, AReloadForgetsWhatIsGoneAndKeepsWhatIsKnown) {
  assign({"a", "b"});
  look_after(0);
  succeeds("a");
  look_after(kSecond);
  assign({"c", "a"});
  EXPECT_EQ(backups_->views().size(), 2U);
  EXPECT_NE(view("a").facts.made.started, 0);
  launcher_->end = ChildEnd{};  // of b, which nobody knows any more
  look_after(kSecond);
  EXPECT_THAT(started_, ElementsAre("run a", "run b", "run c"));
}

TEST_F(BackupsTest, InAnotherStoreNothingIsThereYet) {
  config::Settings settings;
  settings.objects.url = "s3://old";
  settings.backups.emplace_back().name = "a";
  settings.backups[0].when.every = "6h";
  backups_->assign(settings);
  look_after(kSecond);
  backup::JobFacts facts = backup::read_job_facts(backup::work_folder(state_), "a");
  facts.made.started = facts.run.started = clock_.wall();
  facts.run.finished = clock_.wall() + kSecond;
  ASSERT_TRUE(backup::write_job_facts(backup::work_folder(state_), "a", facts));
  launcher_->end = ChildEnd{};
  look_after(kHour);
  EXPECT_EQ(started_.size(), 1U);
  EXPECT_NE(view("a").facts.made.started, 0);
  for (const bool store : {true, false}) {
    (store ? settings.objects.url : settings.objects.host) = "s3-new";
    backups_->assign(settings);
    EXPECT_EQ(view("a").facts.made.started, 0);
    EXPECT_EQ(view("a").overdue_ns(clock_.wall()), 0) << "it could not be there before";
    EXPECT_TRUE(view("a").run_plan.start);
  }
  EXPECT_EQ(backup::read_job_facts(backup::work_folder(state_), "a").made.started, 0);
}

TEST_F(BackupsTest, WhatJobsThatAreGoneLeftIsClearedWhenNothingElseRuns) {
  const std::string left = backup::work_folder(state_) + "/drill-a";
  assign({"a"});
  ASSERT_TRUE(make_folders(left));
  look_after(0);
  assign({});
  look_after(kSecond);
  EXPECT_THAT(started_, ElementsAre("run a")) << "it runs on, and may use it";
  launcher_->end = ChildEnd{};
  look_after(kSecond);
  EXPECT_THAT(started_, ElementsAre("run a", "clear "));
  launcher_->end = ChildEnd{.status = 0, .output = "it is removed"};
  look_after(kSecond);
  look_after(kHour);
  EXPECT_EQ(started_.size(), 2U) << "once for each configuration";
  succeeds("a");
  assign({"a"});
  look_after(kSecond);
  EXPECT_EQ(started_.size(), 2U) << "it is the job's own again";
}

}  // namespace
}  // namespace steward::agent
