#include "trading/book.hpp"

#include <algorithm>

namespace steward::trading {

using betfair::LadderChange;
using betfair::LadderKind;
using betfair::LevelChange;

namespace {
/// More levels than any ladder shows; beyond it a level is nonsense.
constexpr std::int32_t kMostLevels = 512;

void note_traded(RunnerBook& runner, Price price, Pence before, Pence now) {
  auto at = std::ranges::lower_bound(runner.traded_changes, price, {}, &TradedChange::price);
  if (at != runner.traded_changes.end() && at->price == price) {
    at->now = now;
  } else {
    runner.traded_changes.insert(at, {price, before, now});
  }
}

void clear_traded(RunnerBook& runner) {
  for (const PriceSize& level : runner.traded_volume.levels())
    note_traded(runner, level.price, level.size, 0);
  runner.traded_volume.clear();
}

void apply_traded(RunnerBook& runner, std::span<const LevelChange> levels) {
  if (levels.empty()) clear_traded(runner);
  for (const LevelChange& level : levels) {
    const Pence before = runner.traded_volume.set(level.price, level.size);
    note_traded(runner, level.price, before, level.size);
  }
}

void apply_prices(PriceLevels& ladder, std::span<const LevelChange> levels) {
  for (const LevelChange& level : levels) ladder.set(level.price, level.size);
}

void apply_levels(LevelLadder& ladder, std::span<const LevelChange> levels) {
  for (const LevelChange& level : levels) ladder.set(level.level, level.price, level.size);
}

void apply_ladder(RunnerBook& runner, const LadderChange& change) {
  switch (change.kind) {
    case LadderKind::atb:
      return apply_prices(runner.available_to_back, change.levels);
    case LadderKind::atl:
      return apply_prices(runner.available_to_lay, change.levels);
    case LadderKind::trd:
      return apply_traded(runner, change.levels);
    case LadderKind::spb:
      return apply_prices(runner.sp_back, change.levels);
    case LadderKind::spl:
      return apply_prices(runner.sp_lay, change.levels);
    case LadderKind::batb:
      return apply_levels(runner.best_to_back, change.levels);
    case LadderKind::batl:
      return apply_levels(runner.best_to_lay, change.levels);
    case LadderKind::bdatb:
      return apply_levels(runner.display_to_back, change.levels);
    case LadderKind::bdatl:
      return apply_levels(runner.display_to_lay, change.levels);
  }
}

/// Forgets the runner's market data; what traded before stays noted, so that an image shows what was new in
/// it.
void forget_data(RunnerBook& runner) {
  clear_traded(runner);
  RunnerBook fresh;
  fresh.selection_id = runner.selection_id, fresh.handicap = runner.handicap;
  fresh.traded_changes = std::move(runner.traded_changes);
  runner = std::move(fresh);
}
}  // namespace

std::size_t PriceLevels::find(Price price) const {
  // Branchless: the compiler makes a conditional move of each step.
  const PriceSize* base = levels_.data();
  std::size_t length = levels_.size();
  const int sign = descending_ ? -1 : 1;
  const int key = price * sign;
  while (length > 0) {
    const std::size_t half = length / 2;
    const bool right = base[half].price * sign < key;
    base = right ? base + half + 1 : base;
    length = right ? length - half - 1 : half;
  }
  return static_cast<std::size_t>(base - levels_.data());
}

Pence PriceLevels::set(Price price, Pence size) {
  const std::size_t at = find(price);
  if (at < levels_.size() && levels_[at].price == price) {
    const Pence before = levels_[at].size;
    if (size == 0) {
      levels_.erase(levels_.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      levels_[at].size = size;
    }
    return before;
  }
  if (size != 0) levels_.insert(levels_.begin() + static_cast<std::ptrdiff_t>(at), {price, size});
  return 0;
}

Pence PriceLevels::size_at(Price price) const {
  const std::size_t at = find(price);
  return at < levels_.size() && levels_[at].price == price ? levels_[at].size : 0;
}

void LevelLadder::set(std::int32_t level, Price price, Pence size) {
  if (level < 0 || level >= kMostLevels) return;
  const auto at = static_cast<std::size_t>(level);
  if (at >= levels_.size()) levels_.resize(at + 1);
  levels_[at] = size == 0 ? PriceSize{} : PriceSize{price, size};
  while (!levels_.empty() && levels_.back().size == 0) levels_.pop_back();
}

const RunnerBook* MarketBook::runner(std::int64_t selection_id, std::int64_t handicap) const {
  const auto at =
      std::ranges::find_if(runners_, [&](const RunnerBook& each) { return each.is(selection_id, handicap); });
  return at == runners_.end() ? nullptr : &*at;
}

RunnerBook& MarketBook::find_or_add(std::int64_t selection_id, std::int64_t handicap) {
  if (hint_ < runners_.size() && runners_[hint_].is(selection_id, handicap)) return runners_[hint_++];
  for (std::size_t i = 0; i < runners_.size(); ++i) {
    if (runners_[i].is(selection_id, handicap)) return hint_ = i + 1, runners_[i];
  }
  RunnerBook& added = runners_.emplace_back();
  added.selection_id = selection_id, added.handicap = handicap;
  return added;
}

void MarketBook::start_image(const betfair::MarketDefinition* definition) {
  for (RunnerBook& runner : runners_) forget_data(runner);
  if (definition) {
    const auto rank = [&](const RunnerBook& runner) {
      return std::ranges::find_if(definition->runners,
                                  [&](const betfair::RunnerDefinition& each) {
                                    return runner.is(each.selection_id, each.handicap);
                                  }) -
             definition->runners.begin();
    };
    std::ranges::sort(runners_, {}, rank);
    while (!runners_.empty() && rank(runners_.back()) == std::ssize(definition->runners)) runners_.pop_back();
  }
  total_matched_ = 0;
}

void MarketBook::apply_definition(const betfair::MarketDefinition& definition) {
  definition_ = definition;
  has_definition_ = true;
  for (const betfair::RunnerDefinition& each : definition.runners) {
    RunnerBook& runner = find_or_add(each.selection_id, each.handicap);
    runner.status = each.status;
    runner.adjustment_factor = each.adjustment_factor;
    runner.bsp = each.bsp;
  }
  hint_ = 0;
}

void MarketBook::apply_runner(const betfair::RunnerChange& change, RunnerBook& runner) {
  if (change.has_ltp) runner.last_price_traded = change.ltp;
  if (change.has_tv) runner.total_matched = change.tv;
  if (change.has_spn) runner.near_price = change.spn;
  if (change.has_spf) runner.far_price = change.spf;
  for (const LadderChange& ladder : change.ladders) apply_ladder(runner, ladder);
}

void MarketBook::rebuild_volumes() {
  total_matched_ = 0;
  for (RunnerBook& runner : runners_) {
    Pence sum = 0;
    for (const PriceSize& level : runner.traded_volume.levels()) sum += level.size;
    runner.total_matched = sum;
    total_matched_ += sum;
  }
}

void MarketBook::apply(const betfair::MarketChange& change, std::int64_t publish_time) {
  const bool first = changes_ == 0;
  ++changes_;
  publish_time_ = publish_time;
  conflated_ = change.con;
  hint_ = 0;
  for (RunnerBook& runner : runners_) runner.traded_changes.clear();
  if (change.img) start_image(change.definition);
  if (change.definition) apply_definition(*change.definition);
  for (const betfair::RunnerChange& each : change.runners) {
    const std::size_t known = runners_.size();
    RunnerBook& runner = find_or_add(each.selection_id, each.handicap);
    apply_runner(each, runner);
    // The first sight of a runner tells what was traded before we came.
    if (first || runners_.size() > known) runner.traded_changes.clear();
  }
  if (change.has_tv) total_matched_ = change.tv;
  // Betfair's archives (only their definitions carry a name) hold increments in `tv`: the ladders know
  // better.
  if (!definition_.name.empty()) rebuild_volumes();
}

}  // namespace steward::trading
