#include "exchange/simulator/synthetic_market.hpp"

#include <algorithm>

namespace steward::simulator {

using betfair::MarketStatus;
using betfair::price_at;
using betfair::RunnerStatus;

namespace {
constexpr int kDepth = 6;            ///< prices offered on each side
constexpr std::int32_t kTick = 256;  ///< of Runner::position
constexpr std::int64_t kBetDelay = 1;

constexpr std::array<const char*, 10> kVenues{"Ascot",     "Cheltenham", "Kempton", "Newbury", "Sandown",
                                              "Doncaster", "Haydock",    "York",    "Exeter",  "Wincanton"};
constexpr std::array<const char*, 6> kRaces{"1m Hcap",       "6f Mdn Stks", "2m Hcap Hrd",
                                            "1m2f Nov Stks", "7f Hcap",     "5f Stks"};
constexpr std::array<const char*, 12> kFirst{"Silver", "Quiet",  "Northern", "Brave", "Copper", "Late",
                                             "Golden", "Little", "Winter",   "Swift", "Old",    "Blue"};
constexpr std::array<const char*, 12> kSecond{"Harbour", "Thunder", "Promise", "Willow", "Lantern", "Fox",
                                              "Meadow",  "Signal",  "Tide",    "Garden", "Arrow",   "Bell"};
}  // namespace

SyntheticMarket::SyntheticMarket(std::uint64_t seed, std::string market_id, int race, Times times)
    : random_(seed), market_id_(std::move(market_id)), times_(times), next_time_(times.opens) {
  random_.next();
  const char* const venue = kVenues[static_cast<std::size_t>(race / 8) % kVenues.size()];
  market_.status = MarketStatus::open;
  market_.market_type = "WIN";
  market_.venue = venue;
  market_.event_name = fmt::format("{} Races", venue);
  market_.name = kRaces[random_.below(kRaces.size())];
  market_.event_id = fmt::format("{}", 900'000'000 + race / 8);
  market_.version = 5'000'000'000 + between(0, 999'999);
  market_.market_time = times.off * kMillisecond;
  market_.open_date = market_.market_time;
  ends_ = times.off + between(60'000, 100'000);
  if (random_.below(6) == 0) withdrawal_ = times.opens + (times.off - times.opens) / 2;
  make_runners();
}

std::int64_t SyntheticMarket::between(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(high - low + 1)));
}

void SyntheticMarket::make_runners() {
  const auto count = static_cast<std::size_t>(between(6, 12));
  std::vector<std::int64_t> weights(count);
  std::int64_t sum = 0;
  // The square of an even chance gives a field of one or two favourites and a long tail.
  for (auto& weight : weights) sum += weight = std::max<std::int64_t>(10, between(5, 32) * between(5, 32));
  const std::int64_t first_id = between(20'000'000, 60'000'000);
  const std::size_t names = random_.below(kFirst.size());
  for (std::size_t i = 0; i < count; ++i) {
    Runner& runner = runners_.emplace_back();
    runner.definition.selection_id = first_id + static_cast<std::int64_t>(i) * 37;
    runner.definition.sort_priority = static_cast<std::int32_t>(i + 1);
    runner.definition.adjustment_factor = 10'000 * weights[i] / sum;
    runner.definition.name =
        fmt::format("{} {}", kFirst[(names + i) % kFirst.size()], kSecond[random_.below(kSecond.size())]);
    const auto price = static_cast<Price>(100 * sum / weights[i]);
    runner.position = std::max(2, betfair::tick_at_or_below(price)) * kTick + kTick / 2;
    runner.drift = static_cast<std::int32_t>(between(-20, 20));
  }
  // One drifts, one steams.
  runners_[random_.below(count)].drift = static_cast<std::int32_t>(between(90, 150));
  runners_[random_.below(count)].drift = static_cast<std::int32_t>(-between(60, 120));
}

void SyntheticMarket::set(Side& side, std::vector<int>& changed, int tick, Pence size) {
  Pence& now = side[static_cast<std::size_t>(tick)];
  if (now == size) return;
  now = size;
  if (std::ranges::find(changed, tick) == changed.end()) changed.push_back(tick);
}

void SyntheticMarket::quote_side(Side& side, std::vector<int>& changed, int best, int away) {
  for (int tick = 0; tick < betfair::kTicks; ++tick) {
    const int distance = (tick - best) * away;
    const Pence shown = side[static_cast<std::size_t>(tick)];
    if (distance < 0 || distance >= 2 * kDepth) {
      if (shown != 0) set(side, changed, tick, 0);
    } else if (distance < kDepth && (shown == 0 || random_.below(5) == 0)) {
      const std::int64_t most = 2'000'000 / price_at(tick) + 500;
      set(side, changed, tick, between(200, 200 + most * (distance + 1)));
    }
  }
}

void SyntheticMarket::quote(Runner& runner) {
  runner.changed = true;
  const int best = runner.best_to_back();
  quote_side(runner.to_back, runner.changed_back, best, -1);
  quote_side(runner.to_lay, runner.changed_lay, best + 1 + static_cast<int>(random_.below(4) == 0), +1);
}

void SyntheticMarket::move(Runner& runner, std::int32_t by) {
  runner.position = std::clamp(runner.position + by, kTick, (betfair::kTicks - 3) * kTick);
}

void SyntheticMarket::trade(Runner& runner) {
  const bool backer = random_.below(2) == 0;
  const int best = runner.best_to_back();
  const int tick = backer ? best : std::min(best + 1, betfair::kTicks - 1);
  Side& side = backer ? runner.to_back : runner.to_lay;
  auto& changed = backer ? runner.changed_back : runner.changed_lay;
  const Pence shown = side[static_cast<std::size_t>(tick)];
  if (shown == 0) return;
  const Pence size = std::min(shown, between(200, 1'000'000 / price_at(tick) + 600));
  set(side, changed, tick, shown - size);
  // Traded volume counts both the backer's and the layer's money.
  set(runner.traded, runner.changed_traded, tick, runner.traded[static_cast<std::size_t>(tick)] + 2 * size);
  runner.total += 2 * size;
  runner.last_traded = price_at(tick);
  runner.changed = true;
}

void SyntheticMarket::withdraw_one() {
  withdrawal_ = 0;
  const auto longest = std::ranges::max_element(runners_, {}, &Runner::position);
  pull_offers();
  longest->definition.status = RunnerStatus::removed;
  change_status(MarketStatus::open);
  for (Runner& runner : runners_) {
    if (runner.active()) quote(runner);
  }
}

void SyntheticMarket::bet() {
  if (withdrawal_ != 0 && next_time_ >= withdrawal_) withdraw_one();
  for (int turns = static_cast<int>(between(1, 3)); turns > 0; --turns) {
    Runner& runner = runners_[random_.below(runners_.size())];
    if (!runner.active()) continue;
    for (int trades = static_cast<int>(random_.below(3)); trades > 0; --trades) trade(runner);
    move(runner, runner.drift + static_cast<std::int32_t>(between(-110, 110)));
    if (random_.below(40) == 0) runner.drift /= 2;
    quote(runner);
  }
}

void SyntheticMarket::run_race() {
  const std::int64_t left = std::max<std::int64_t>(1, (ends_ - next_time_) / 400);  // steps, about
  for (std::size_t i = 0; i < runners_.size(); ++i) {
    Runner& runner = runners_[i];
    if (!runner.active() || random_.below(2) == 0) continue;
    const std::int32_t goal = (i == winner_ ? 3 : betfair::kTicks - 10) * kTick;
    trade(runner);
    move(runner, static_cast<std::int32_t>((goal - runner.position) / std::max<std::int64_t>(2, left)) +
                     static_cast<std::int32_t>(between(-700, 700)));
    quote(runner);
  }
}

void SyntheticMarket::choose_winner() {
  std::int64_t sum = 0;
  const auto chance = [](const Runner& runner) {
    return runner.active() ? 100'000'000 / price_at(runner.best_to_back()) : 0;
  };
  for (const Runner& runner : runners_) sum += chance(runner);
  std::int64_t ticket = between(0, sum - 1);
  for (winner_ = 0; ticket >= chance(runners_[winner_]); ++winner_) ticket -= chance(runners_[winner_]);
}

void SyntheticMarket::pull_offers() {
  for (Runner& runner : runners_) {
    for (int tick = 0; tick < betfair::kTicks; ++tick) {
      set(runner.to_back, runner.changed_back, tick, 0);
      set(runner.to_lay, runner.changed_lay, tick, 0);
    }
    runner.changed = true;
  }
}

void SyntheticMarket::change_status(MarketStatus status) {
  market_.status = status;
  ++market_.version;
  definition_changed_ = true;
}

void SyntheticMarket::step() {
  switch (phase_) {
    case Phase::opening:
      for (Runner& runner : runners_) quote(runner);
      definition_changed_ = true;
      phase_ = Phase::betting;
      next_time_ += between(150, 700);
      break;
    case Phase::betting:
      if (next_time_ < times_.off) {
        bet();
        next_time_ = std::min(next_time_ + between(150, 700), times_.off);
        break;
      }
      choose_winner();
      for (Runner& runner : runners_) {
        if (runner.active()) runner.definition.bsp = price_at(runner.best_to_back());
      }
      pull_offers();
      market_.bsp_reconciled = true;
      change_status(MarketStatus::suspended);
      phase_ = Phase::going_in_play;
      next_time_ += between(3'000, 8'000);
      break;
    case Phase::going_in_play:
      market_.in_play = true;
      market_.bet_delay = kBetDelay;
      change_status(MarketStatus::open);
      for (Runner& runner : runners_) {
        if (runner.active()) quote(runner);
      }
      phase_ = Phase::in_play;
      next_time_ += between(200, 600);
      break;
    case Phase::in_play:
      if (next_time_ < ends_) {
        run_race();
        next_time_ += between(200, 600);
        break;
      }
      pull_offers();
      change_status(MarketStatus::suspended);
      phase_ = Phase::settling;
      next_time_ += between(8'000, 15'000);
      break;
    case Phase::settling:
      for (std::size_t i = 0; i < runners_.size(); ++i) {
        if (runners_[i].active())
          runners_[i].definition.status = i == winner_ ? RunnerStatus::winner : RunnerStatus::loser;
      }
      market_.settled_time = next_time_ * kMillisecond;
      change_status(MarketStatus::closed);
      phase_ = Phase::finished;
      break;
    case Phase::finished:
      break;
  }
}

void SyntheticMarket::write(std::string& line) {
  const std::int64_t time = next_time_;
  const bool image = phase_ == Phase::opening;
  step();
  JsonWriter json;
  json.object()
      .field("op", "mcm")
      .field("id", 1)
      .field("clk", fmt::format("S{}", ++lines_))
      .field("pt", time);
  json.array("mc").object().field("id", market_id_);
  if (image) json.field("img", true);
  if (std::exchange(definition_changed_, false)) write_definition(json);
  json.array("rc");
  for (Runner& runner : runners_) {
    if (std::exchange(runner.changed, false)) write_runner(json, runner);
  }
  json.end().end().end().end();
  line = json.take();
}

}  // namespace steward::simulator
