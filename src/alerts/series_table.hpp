#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "alerts/expression.hpp"
#include "alerts/labels.hpp"
#include "alerts/pattern.hpp"
#include "alerts/window.hpp"
#include "metrics/series_source.hpp"

namespace steward::alerts {

/// The series that rules look at: each selector of all expressions once, with the series it selects, looked
/// up anew only when the source's set of series changed. Keeps the past of those that a range function looks
/// at; that of a series which vanishes is forgotten. Borrows the source's numbers. One thread.
class SeriesTable {
 public:
  /// Bounds over all selectors together; series beyond are left out of the selector, which is then cut().
  static constexpr std::size_t kMostSeries = 200'000, kMostWindows = 2'000;

  struct Series {
    LabelPool::Labels labels = nullptr;
    const metrics::Number* value = nullptr;
    std::unique_ptr<Window> window;  ///< of a selector with a range
  };

  /// The place of a selector, which parse_expression() made; `over` is the function that its range is for.
  std::uint32_t want(const Node& selector, std::optional<Function> over);

  /// Takes the values of this pass, at `now`, which grows.
  void update(const metrics::SeriesSource& source, MonoNs now);

  std::span<const Series> series(std::uint32_t selector) const { return selectors_[selector].series; }
  bool cut(std::uint32_t selector) const { return selectors_[selector].cut; }
  /// Label sets live in it until the next update().
  LabelPool& pool() { return pool_; }

 private:
  struct Test {
    Matcher matcher;
    std::optional<Pattern> pattern;
  };
  struct Selector {
    std::vector<Test> tests;
    std::optional<Function> over;
    std::int64_t range = 0;
    std::vector<Series> series;
    bool cut = false;
  };
  /// The selectors of one metric; those with `label="value"` by the first of these, so that ten thousand
  /// rules over a series each are not tried on every series.
  struct Metric {
    std::vector<std::uint32_t> others;
    std::unordered_map<std::string, std::vector<std::uint32_t>> by_label;
  };
  using Past = std::vector<std::map<LabelSet, std::unique_ptr<Window>>>;  ///< by selector

  void look_up(const metrics::SeriesSource& source);
  Past take_past();
  void look_up_metric(const std::string& name, const Metric& metric, const metrics::SeriesSource& source,
                      Past& past);
  void find(std::uint32_t index, metrics::Labels labels, const metrics::Number& value, Past& past);
  static bool matches(const Selector& selector, metrics::Labels labels);

  std::vector<Selector> selectors_;
  std::map<std::string, std::uint32_t> places_;  ///< by the selector's text
  std::map<std::string, Metric> metrics_;
  std::vector<std::uint32_t> ranged_;
  LabelPool pool_;
  const metrics::SeriesSource* source_ = nullptr;
  std::uint64_t generation_ = 0;
  std::size_t found_ = 0, windows_ = 0;
};

}  // namespace steward::alerts
