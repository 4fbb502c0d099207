#include "metrics/scrape/scraped.hpp"

#include <algorithm>
#include <cmath>

namespace steward::metrics {
namespace {

constexpr std::string_view kLatency = "order_placement_duration_seconds";
constexpr double kMostCount = 9e15;  // below 2^53: counts stay whole in a double

std::optional<std::int64_t> whole(double value) {
  if (!(std::abs(value) <= kMostCount)) return std::nullopt;
  return std::llround(value);
}

std::optional<std::int64_t> count_of(double value) {
  const auto count = whole(value);
  return count && *count >= 0 ? count : std::nullopt;
}

/// The buckets of one labelled histogram as they came: cumulative counts by upper bound.
using Buckets = std::map<double, std::int64_t>;

class Interpreter {
 public:
  explicit Interpreter(const std::string& bot) : bot_(bot) { out_.scraped.bot = bot; }

  void take(const ScrapedSample& sample);
  Interpretation finish();

 private:
  /// Whether the sample is one of the four that count as journalled.
  bool take_fact(const ScrapedSample& sample);
  bool take_latency(const ScrapedSample& sample);
  void take_bucket(const ScrapedSample& sample);
  void take_series(const ScrapedSample& sample);
  std::string strategy_of(const ScrapedSample& sample) const;
  /// Adds a value that is one; another, or a sum beyond 64 bits, is dropped and counted.
  void add(std::int64_t& sum, std::optional<std::int64_t> value);
  state::Latency& latency();

  const std::string& bot_;
  Interpretation out_;
  std::map<std::pair<std::string, std::string>, std::int64_t> placed_;
  std::map<std::string, state::ScrapedStrategy> strategies_;
  std::map<std::string, Buckets> buckets_;  ///< by the labels without le
};

std::string Interpreter::strategy_of(const ScrapedSample& sample) const {
  const auto label = sample.label("strategy");
  return label.empty() ? bot_ : std::string(label);
}

void Interpreter::add(std::int64_t& sum, std::optional<std::int64_t> value) {
  std::int64_t next = 0;
  if (!value || __builtin_add_overflow(sum, *value, &next)) {
    ++out_.dropped;
  } else {
    sum = next;
  }
}

state::Latency& Interpreter::latency() {
  auto& latency = out_.scraped.latency;
  if (!latency) latency.emplace();
  return *latency;
}

void Interpreter::take(const ScrapedSample& sample) {
  if (!take_fact(sample)) take_series(sample);
}

bool Interpreter::take_fact(const ScrapedSample& sample) {
  if (sample.name == "orders_placed_total") {
    add(placed_[{strategy_of(sample), std::string(sample.label("market_type"))}], count_of(sample.value));
  } else if (sample.name == "active_positions") {
    add(strategies_[strategy_of(sample)].active_positions, count_of(sample.value));
  } else if (sample.name == "unrealized_pnl") {
    const auto pence = parse_hundredths(sample.number);  // a NaN or an infinity is none
    add(strategies_[strategy_of(sample)].unrealized, pence ? std::optional(*pence) : std::nullopt);
  } else if (sample.name != "orders_placed_created") {
    return take_latency(sample);
  }
  return true;
}

bool Interpreter::take_latency(const ScrapedSample& sample) {
  if (!sample.name.starts_with(kLatency)) return false;
  const auto suffix = std::string_view(sample.name).substr(kLatency.size());
  if (suffix == "_sum") {
    add(latency().sum_ns, count_of(sample.value * 1e9));
  } else if (suffix == "_count") {
    add(latency().count, count_of(sample.value));
  } else if (suffix == "_bucket") {
    take_bucket(sample);
  } else if (suffix != "_created") {
    return false;
  }
  return true;
}

void Interpreter::take_bucket(const ScrapedSample& sample) {
  std::string others;
  for (const auto& [name, value] : sample.labels)
    if (name != "le") others.append(name).append(1, '\0').append(value).append(1, '\0');
  const auto bound = parse_number(sample.label("le"));
  add(buckets_[others][bound && !std::isnan(*bound) ? *bound : HUGE_VAL],
      bound ? count_of(sample.value) : std::nullopt);
}

void Interpreter::take_series(const ScrapedSample& sample) {
  const bool accumulates = sample.type == ScrapedType::counter || sample.type == ScrapedType::histogram ||
                           sample.type == ScrapedType::summary;
  if (accumulates && sample.name.ends_with("_created")) return;
  state::Series series{.bot = bot_, .name = sample.name};
  series.labels.insert(sample.labels.begin(), sample.labels.end());
  series.value = sample.value;
  // A summary's quantiles rise and fall.
  series.counter = accumulates && sample.label("quantile").empty() && sample.value >= 0;
  out_.scraped.series.push_back(std::move(series));
}

Interpretation Interpreter::finish() {
  for (const auto& [key, count] : placed_) {
    state::OrdersPlaced placed;
    placed.bot = bot_, placed.strategy = key.first, placed.market_type = key.second, placed.count = count;
    out_.scraped.placed.push_back(std::move(placed));
  }
  for (auto& [strategy, now] : strategies_) {
    now.bot = bot_, now.strategy = strategy;
    out_.scraped.strategies.push_back(now);
  }
  for (const auto& [labels, buckets] : buckets_) {
    std::int64_t below = 0;
    for (const auto& [bound, cumulative] : buckets) {
      const double ns = bound * 1e9;
      const auto covers = std::ranges::find_if(state::kLatencyBounds, [&](std::int64_t ours) {
        return ns <= static_cast<double>(ours) * (1 + 1e-9);
      });
      const auto index = static_cast<std::size_t>(covers - state::kLatencyBounds.begin());
      add(latency().buckets[index], std::max<std::int64_t>(cumulative - below, 0));
      below = std::max(below, cumulative);
    }
  }
  return std::move(out_);
}

}  // namespace

Interpretation interpret(const Exposition& exposition, const std::string& bot) {
  Interpreter interpreter(bot);
  for (const ScrapedSample& sample : exposition.samples) interpreter.take(sample);
  Interpretation result = interpreter.finish();
  result.dropped += exposition.dropped;
  return result;
}

}  // namespace steward::metrics
