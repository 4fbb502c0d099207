// However journals are cut, read, forgotten and read again, the same journals give the same state.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <sstream>

#include "base/random.hpp"
#include "journal/test_folder.hpp"
#include "store/engine.hpp"
#include "store/follower.hpp"
#include "store/state_file.hpp"
#include "store/test_dump.hpp"

namespace steward::store {
namespace {

using journal::TestFolder;

/// A line of some journal; the list of all is in an order in which they may have been written.
struct Written {
  std::string bot, run, line;
  int segment = 1;
};

std::string run_name(int number) {
  return fmt::format("01ARZ3NDEKTSV4RRFFQ69G{:04}", number);
}

/// The history of three bots over some runs each, two of them under a keeper.
class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed) {
    for (int run = 1; run <= 3; ++run) {
      for (const char* bot : {"a", "b"}) {
        keeper(fmt::format(R"("type":"bot.started","bot":"{}","run":"{}","pid":{},"restarts":{})", bot,
                           run_name(run), 100 + run, run - 1));
      }
      for (int i = 0; i < 30; ++i) bot_line(run, i < 20 ? 1 : 2);
      for (const char* bot : {"a", "b"}) {
        keeper(fmt::format(R"("type":"bot.exited","bot":"{}","run":"{}","exit_code":{})", bot, run_name(run),
                           below(3)));
      }
    }
  }
  const std::vector<Written>& lines() const { return lines_; }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
  void keeper(const std::string& json) { add("keeper", run_name(0), json, 1); }
  void add(const std::string& bot, const std::string& run, const std::string& json, int segment) {
    t_ += static_cast<std::int64_t>(below(1000));
    lines_.push_back({bot, run, fmt::format(R"({{"t":{},{}}})", t_, json), segment});
  }
  void bot_line(int run, int segment) {
    const std::string bot(1, static_cast<char>('a' + below(3)));
    const std::string market = fmt::format("1.{}", below(4));
    const char* simulated = bot == "b" ? R"(,"simulated":true)" : "";
    const auto amount = [&] { return fmt::format("{}.{:02}", below(50), below(100)); };
    const std::string ref = fmt::format(R"("customer_order_ref":"{}")", below(12));
    switch (below(16)) {
      case 0:
        return add(bot, run_name(run),
                   fmt::format(R"("type":"market.opened","market_id":"{}","market_type":"WIN")", market),
                   segment);
      case 1:
        return add(bot, run_name(run), fmt::format(R"("type":"market.closed","market_id":"{}")", market),
                   segment);
      case 2:
        return add(
            bot, run_name(run),
            fmt::format(R"("type":"position","market_id":"{}","selection_id":{},"if_win":{},"if_lose":-{}{})",
                        market, below(3), amount(), amount(), simulated),
            segment);
      case 3:
        return add(
            bot, run_name(run),
            fmt::format(R"("type":"pnl","market_id":"{}","realized":{},"commission":{},"unrealized":{}{})",
                        market, amount(), amount(), amount(), simulated),
            segment);
      case 4:
        return add(bot, run_name(run),
                   fmt::format(R"("type":"pnl","realized":{},"strategy":"whole"{})", amount(), simulated),
                   segment);
      case 5:
        return add(bot, run_name(run),
                   fmt::format(R"("type":"metric","name":"turns","kind":"counter","value":{})", below(100)),
                   segment);
      case 6:
        return add(bot, run_name(run), fmt::format(R"("type":"metric","name":"heat","value":{})", below(100)),
                   segment);
      case 7:
        return add(bot, run_name(run), R"("type":"note","text":"said")", segment);
      case 8:
        return add(bot, run_name(run), R"("type":"later.version","market_id":[1])", segment);
      case 9:
        return lines_.push_back({bot, run_name(run), "{\"type\":\"pnl\",\"realized\":", segment});
      case 10:
        return add(
            bot, run_name(run),
            fmt::format(R"("type":"order.placed",{},"latency_ns":{}{})", ref, below(1'000'000), simulated),
            segment);
      case 11:
        return add(bot, run_name(run),
                   fmt::format(R"("type":"order.matched",{},"size_matched":{}{})", ref, amount(), simulated),
                   segment);
      case 13:
        return add(bot, run_name(run),
                   fmt::format(R"("type":"order.rejected",{},"error_code":"X","latency_ns":{}{})", ref,
                               below(1'000'000), simulated),
                   segment);
      case 14:
        return add(bot, run_name(run),
                   fmt::format(R"("type":"market.status","market_id":"{}","in_play":true)", market), segment);
      case 12:
        return add(bot, run_name(run),
                   fmt::format(R"("type":"order.settled",{},"profit":{}{})", ref, amount(), simulated),
                   segment);
      default:
        return add(
            bot, run_name(run),
            fmt::format(
                R"("type":"order.intent",{},"market_id":"{}","selection_id":1,"side":"BACK","size":{}{})",
                ref, market, amount(), simulated),
            segment);
    }
  }

  SeededRandom random_;
  std::vector<Written> lines_;
  WallNs t_ = 1'699'990'000 * kSecond;
};

/// The rows, and what is made of them soon after the history's end.
std::string with_sense(const state::Model& model) {
  return Dump(model).text_with_sense(model, 1'699'990'030 * kSecond);
}

/// What an agent does, without its thread.
class Agent {
 public:
  explicit Agent(const std::string& folder, const Clock& clock) : file_(folder + "/agent", clock) {
    std::filesystem::create_directories(folder + "/agent");
    file_.load(model_, cursors_);
    follower_.emplace(folder, *state::TradingDay::in("Europe/London"), model_, cursors_, clock);
  }
  void read_all() {
    while (follower_->step(lock_)) {
    }
  }
  void read_some() { follower_->step(lock_); }
  bool commit() { return file_.commit(model_, cursors_); }
  bool checkpoint() { return file_.checkpoint().has_value(); }
  std::string dump() const { return with_sense(model_); }
  const journal::Cursors& cursors() const { return cursors_; }

 private:
  state::Model model_;
  journal::Cursors cursors_;
  StateFile file_;
  std::optional<Follower> follower_;
  FairLock lock_;
};

/// Past the reader's next look at folders.
void pass(ManualClock& clock) {
  clock.advance(journal::Reader::kScan);
}

/// The lines that only one of them has; empty when they are the same.
std::string difference(const std::string& left, const std::string& right) {
  const auto split = [](const std::string& text) {
    std::vector<std::string> lines;
    std::stringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  };
  std::vector<std::string> apart;
  std::ranges::set_symmetric_difference(split(left), split(right), std::back_inserter(apart));
  return fmt::format("{}", fmt::join(apart, "\n"));
}

std::string fold_at_once(const std::string& folder, WallNs now) {
  std::filesystem::remove_all(folder + "/agent");
  ManualClock clock(now);
  Agent agent(folder, clock);
  agent.read_all();
  return agent.dump();
}

class SameState : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, SameState, testing::Range<std::uint64_t>(1, 13));

TEST_P(SameState, however_it_was_cut_read_killed_and_rebuilt) {
  const std::uint64_t seed = GetParam();
  const History history(seed);
  SeededRandom random(seed + 1);
  const TestFolder folder;
  ManualClock clock(1'700'000'000 * kSecond);
  std::optional<Agent> agent(std::in_place, folder.path(), clock);
  for (const Written& written : history.lines()) {
    const std::string bytes = written.line + "\n";
    const std::size_t cut = random.below(bytes.size() + 1);
    for (const auto& part : {bytes.substr(0, cut), bytes.substr(cut)}) {
      folder.append_raw(written.bot, written.run, part, written.segment);
      switch (random.below(60)) {
        case 0:
          agent.emplace(folder.path(), clock);
          break;  // killed, and started again
        case 1:
          ASSERT_TRUE(agent->commit());
          break;
        case 2:
          agent->read_all();
          ASSERT_TRUE(agent->commit() && agent->checkpoint());
          break;
        case 3:
          agent.reset();
          std::filesystem::remove(folder.path() + "/agent/state.db");
          std::filesystem::remove(folder.path() + "/agent/state.db-wal");
          agent.emplace(folder.path(), clock);
          break;
        case 4:
          pass(clock);
          break;
        default:
          agent->read_some();
      }
    }
  }
  pass(clock);
  agent->read_all();
  const std::string lived = agent->dump();
  agent.reset();
  EXPECT_EQ(difference(lived, fold_at_once(folder.path(), clock.wall())), "");
}

TEST_P(SameState, unknown_and_bad_lines_change_nothing_but_their_own_counts) {
  const History history(GetParam());
  const TestFolder with, without;
  for (const Written& written : history.lines()) {
    with.append(written.bot, written.run, written.line, written.segment);
    if (written.line.find("later.version") == std::string::npos && written.line.back() == '}') {
      without.append(written.bot, written.run, written.line, written.segment);
    }
  }
  const auto money = [](const std::string& folder) {
    ManualClock clock(1'700'000'000 * kSecond);
    state::Model model;
    journal::Cursors cursors;
    Follower follower(folder, *state::TradingDay::in("UTC"), model, cursors, clock);
    FairLock lock;
    while (follower.step(lock)) {
    }
    for (const auto& [id, entry] : model.bots.rows()) {
      auto& bot = model.bots.find_id(id)->row;
      bot.journal_events = bot.journal_unknown = bot.journal_bad_lines = bot.last_event = 0;
    }
    model.bad_lines.erase_if([](const state::BadLine&) { return true; });
    return Dump(model).text();
  };
  EXPECT_EQ(difference(money(with.path()), money(without.path())), "");
}

TEST(SameStateProcess, after_kill_9_at_any_instant) {
  const TestFolder folder;
  SystemClock clock;
  SeededRandom random(7);
  std::size_t next = 0;
  const History history(3);
  for (int life = 0; life < 12; ++life) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      EngineOptions options;
      options.state_folder = folder.path(), options.commit_every = kMillisecond;
      Engine engine(options, clock);
      if (!engine.start()) ::_exit(1);
      while (true) ::pause();
    }
    // The child dies somewhere between its start and its commits; where, chance and the machine decide.
    const std::size_t until = std::min(history.lines().size(), next + history.lines().size() / 12 + 1);
    for (; next < until; ++next) {
      const Written& written = history.lines()[next];
      folder.append(written.bot, written.run, written.line, written.segment);
      const MonoNs spin = clock.mono() + static_cast<std::int64_t>(random.below(4 * kMillisecond));
      while (clock.mono() < spin) ::sched_yield();
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
  }
  std::string lived;
  {
    EngineOptions options;
    options.state_folder = folder.path(), options.timezone = "Europe/London";
    Engine engine(options, clock);
    ASSERT_TRUE(engine.start());
    ASSERT_TRUE(journal::eventually([&] { return engine.facts().caught_up; }));
    engine.stop();
    lived = engine.read(with_sense);
  }
  EXPECT_EQ(difference(lived, fold_at_once(folder.path(), clock.wall())), "");
}

}  // namespace
}  // namespace steward::store
