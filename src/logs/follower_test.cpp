// The keeper's own LogWriter writes, rotates and packs what the follower counts here.
#include "logs/follower.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "keeper/log_files.hpp"
#include "logs/watch.hpp"
#include "os/files.hpp"

namespace steward::logs {
namespace {

/// A bot's runs, written as the keeper does it.
class Runs {
 public:
  explicit Runs(std::int64_t log_max = 0, std::int64_t files = 8) : log_max_(log_max), files_(files) {
    char name[] = "/tmp/steward-logs-XXXXXX";
    folder_ = ::mkdtemp(name);
    begin("01A");
  }
  ~Runs() { std::filesystem::remove_all(folder_); }
  Runs(const Runs&) = delete;
  Runs& operator=(const Runs&) = delete;

  void begin(const std::string& run) {
    if (writer_) writer_->finish(kSecond);
    run_ = run;
    EXPECT_TRUE(make_folders(path(run)));
    writer_ = std::make_unique<keeper::LogWriter>(
        path(run), keeper::LogWriter::Limits{.log_max = log_max_, .log_files = files_},
        [this](const std::string& file) { rotated_.push_back(file); });
  }
  void write(const std::string& text) { writer_->write(text, 1'795'353'605'123 * kMillisecond); }
  /// What the keeper's child does some time after a rotation.
  void pack() {
    for (const std::string& file : rotated_) {
      const pid_t child = ::fork();
      if (child == 0) keeper::compress_and_prune(file, files_, log_max_);
      ::waitpid(child, nullptr, 0);
    }
    rotated_.clear();
  }
  void finish() { writer_->finish(kSecond); }

  const std::string& folder() const { return folder_; }
  const std::string& run() const { return run_; }
  std::string path(const std::string& run) const { return folder_ + "/" + run; }
  std::size_t rotations() const { return rotated_.size(); }

 private:
  std::int64_t log_max_, files_;
  std::string folder_, run_;
  std::unique_ptr<keeper::LogWriter> writer_;
  std::vector<std::string> rotated_;
};

constexpr std::size_t kAll = 1 << 30;

std::size_t look(Follower& follower, const Runs& runs, std::size_t budget = kAll,
                 std::size_t block = 1 << 16) {
  std::vector<char> buffer(block);
  return follower.look(runs.run(), budget, buffer);
}

std::int64_t count(const Follower& follower, Level level) {
  return follower.tally().lines[static_cast<std::size_t>(level)];
}

TEST(Follower, CountsWholeLinesByLevelAndKeepsTheLastError) {
  Runs runs;
  Follower follower(runs.folder());
  EXPECT_EQ(look(follower, runs), 0U);
  runs.write("INFO:a:1\nERROR:a:lost the ses");
  look(follower, runs);
  EXPECT_EQ(count(follower, Level::info), 1);
  EXPECT_EQ(count(follower, Level::error), 0) << "the line is not whole";
  runs.write("sion\nplain\n");
  look(follower, runs);
  EXPECT_EQ(count(follower, Level::error), 1);
  EXPECT_EQ(count(follower, Level::other), 1);
  EXPECT_EQ(follower.tally().last_error, "ERROR:a:lost the session");
  EXPECT_EQ(follower.tally().last_error_at, 1'795'353'605'123 * kMillisecond);
  EXPECT_EQ(look(follower, runs), 0U);
}

TEST(Follower, CountsTheRunsThatItDidNotSeeBegin) {
  Runs runs;
  runs.write("ERROR:1\n");
  runs.begin("01B");
  runs.write("ERROR:2\nERROR:3 without an end");
  runs.begin("01C");
  runs.write("ERROR:4\n");
  Follower follower(runs.folder());
  look(follower, runs);
  EXPECT_EQ(count(follower, Level::error), 4);
}

TEST(Follower, ALongLineCountsOnce) {
  Runs runs;
  Follower follower(runs.folder());
  runs.write("ERROR:x " + std::string(300'000, 'x'));
  look(follower, runs);
  runs.write(std::string(100'000, 'y') + " ERROR\nINFO:a\n");
  look(follower, runs);
  EXPECT_EQ(count(follower, Level::error), 1);
  EXPECT_EQ(count(follower, Level::info), 1);
  EXPECT_EQ(count(follower, Level::other), 0);
}

TEST(Follower, SaysWhatWasDeletedBeforeItWasRead) {
  Runs runs(4096, 2);
  Follower follower(runs.folder());
  const std::string block = "ERROR:" + std::string(4000, 'x') + "\n";
  for (int i = 0; i < 6; ++i) runs.write(block), runs.pack();
  look(follower, runs);
  EXPECT_EQ(follower.tally().files_skipped, 3);
  EXPECT_EQ(count(follower, Level::error), 3);
}

TEST(Follower, ABudgetIsHeldAndTheRestComesLater) {
  Runs runs;
  Follower follower(runs.folder());
  for (int i = 0; i < 1000; ++i) runs.write("ERROR:" + std::string(100, 'x') + "\n");
  EXPECT_LE(look(follower, runs, 10'000, 4096), 14'096U);
  EXPECT_LT(count(follower, Level::error), 150);
  while (look(follower, runs, 10'000, 4096) > 0) continue;
  EXPECT_EQ(count(follower, Level::error), 1000);
}

/// Whatever the keeper, the one who looks and chance do: each line counts once.
RC_GTEST_PROP(Follower, CountsEachLineOnce, ()) {
  Runs runs(4096, 1000);
  auto follower = std::make_unique<Follower>(runs.folder());
  std::int64_t errors = 0, others = 0;
  int run = 0;
  bool whole = true;
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 14));
  for (const int step : steps) {
    if (step < 5) {
      runs.write("ERROR:" + std::string(static_cast<std::size_t>(*rc::gen::inRange(0, 3000)), 'x') + "\n");
      (whole ? errors : others) += whole ? 1 : 0;
      whole = true;
    } else if (step == 5) {
      if (whole) runs.write("ERROR: begun "), ++errors;
      whole = false;
    } else if (step == 6) {
      runs.write("plain\n");
      others += whole ? 1 : 0;
      whole = true;
    } else if (step == 7) {
      runs.pack();
    } else if (step == 8) {
      runs.begin(fmt::format("01B{:04}", ++run));
      whole = true;
    } else if (step == 9) {  // the agent is killed: what was saved is what goes on
      const auto saved = parse_tallies(format_tallies({{"bot", follower->tally()}}));
      RC_ASSERT(saved.has_value());
      follower = std::make_unique<Follower>(runs.folder(), saved->at("bot"));
    } else {
      look(*follower, runs, static_cast<std::size_t>(*rc::gen::inRange(1, 20'000)), 512);
    }
  }
  runs.finish();
  runs.begin("01Z");
  while (look(*follower, runs) > 0) continue;
  look(*follower, runs);
  RC_ASSERT(count(*follower, Level::error) == errors);
  RC_ASSERT(count(*follower, Level::other) == others);
  RC_ASSERT(follower->tally().files_skipped == 0);
}

TEST(Tallies, AreReadBackAndTornOnesAreNot) {
  Tallies tallies;
  tallies["racing"].at = {.run = "01A", .file = 3, .offset = 77, .within = true};
  tallies["racing"].lines = {1, 2, 3, 4, 5, 6};
  tallies["racing"].last_error = "a b\n%";
  tallies["new"];
  const std::string text = format_tallies(tallies);
  EXPECT_EQ(parse_tallies(text).value(), tallies);
  EXPECT_FALSE(parse_tallies(text.substr(0, text.size() - 1)));
  EXPECT_FALSE(parse_tallies("racing ../x 1 1 0 0 0 % 1 2 3 4 5 6\n"));
}

TEST(Watch, GoesOnFromItsFileAndSaysWhenThatIsBroken) {
  Runs runs;
  const std::string file = runs.folder() + ".counts";
  const auto folder = [&](std::string_view) { return runs.folder(); };
  const auto look_once = [&](Watch& watch) {
    const Watch::Subject subject{"racing", runs.run()};
    watch.look({&subject, 1});
  };
  runs.write("ERROR:1\n");
  {
    Watch watch(file, folder);
    EXPECT_EQ(watch.tally("racing"), nullptr);
    look_once(watch);
    EXPECT_EQ(watch.tally("racing")->errors(), 1);
  }
  runs.write("ERROR:2\n");
  Watch next(file, folder);
  EXPECT_EQ(next.tally("racing")->errors(), 1) << "what was shown before it looks";
  look_once(next);
  EXPECT_EQ(next.tally("racing")->errors(), 2);
  EXPECT_TRUE(replace_file(file, "nonsense\n"));
  Watch broken(file, folder);
  EXPECT_NE(broken.trouble(), "");
  look_once(broken);
  EXPECT_EQ(broken.tally("racing")->errors(), 2) << "counted anew from the logs that are there";
  EXPECT_EQ(broken.trouble(), "");
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace steward::logs
