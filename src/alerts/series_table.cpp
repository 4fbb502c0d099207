#include "alerts/series_table.hpp"

#include <algorithm>

#include "base/table.hpp"

namespace steward::alerts {

namespace {

std::string_view value_of(metrics::Labels labels, std::string_view name) {
  const auto at = std::ranges::find(labels, name, &metrics::Label::name);
  return at == labels.end() ? std::string_view() : at->value;
}

std::string text_of(const Node& selector, std::optional<Function> over) {
  std::string text = print(Expression{{selector}});
  return over ? fmt::format("{}({})", name_of(*over), text) : text;
}

}  // namespace

std::uint32_t SeriesTable::want(const Node& node, std::optional<Function> over) {
  const auto index = static_cast<std::uint32_t>(selectors_.size());
  const auto [place, fresh] = places_.try_emplace(text_of(node, over), index);
  if (!fresh) return place->second;
  Selector selector{.over = over, .range = node.range};
  Metric& metric = metrics_[node.metric];
  bool filed = false;
  for (const Matcher& matcher : node.matchers) {
    Test test{.matcher = matcher};
    if (matcher.kind >= Matcher::Kind::matches) {
      if (auto pattern = Pattern::compile(matcher.value); pattern) test.pattern = std::move(*pattern);
    }
    if (!filed && matcher.kind == Matcher::Kind::equal && !matcher.value.empty()) {
      metric.by_label[key_from(std::string_view(matcher.label), std::string_view(matcher.value))].push_back(
          index);
      filed = true;
    }
    selector.tests.push_back(std::move(test));
  }
  if (!filed) metric.others.push_back(index);
  if (over) ranged_.push_back(index);
  selectors_.push_back(std::move(selector));
  source_ = nullptr;
  return index;
}

void SeriesTable::update(const metrics::SeriesSource& source, MonoNs now) {
  if (source_ != &source || generation_ != source.generation()) look_up(source);
  for (const std::uint32_t index : ranged_)
    for (Series& series : selectors_[index].series) series.window->add(now, series.value->as_double());
}

void SeriesTable::look_up(const metrics::SeriesSource& source) {
  Past past = take_past();
  pool_.clear();
  found_ = windows_ = 0;
  for (const auto& [name, metric] : metrics_) look_up_metric(name, metric, source, past);
  source_ = &source;
  generation_ = source.generation();
}

SeriesTable::Past SeriesTable::take_past() {
  Past past(selectors_.size());
  for (std::size_t i = 0; i < selectors_.size(); ++i) {
    for (Series& series : selectors_[i].series)
      if (series.window) past[i].emplace(*series.labels, std::move(series.window));
    selectors_[i].series.clear();
    selectors_[i].cut = false;
  }
  return past;
}

void SeriesTable::look_up_metric(const std::string& name, const Metric& metric,
                                 const metrics::SeriesSource& source, Past& past) {
  std::string key;
  source.each_series(name, [&](metrics::Labels labels, const metrics::Number& value) {
    for (const std::uint32_t index : metric.others) find(index, labels, value, past);
    if (metric.by_label.empty()) return;
    for (const metrics::Label& label : labels) {
      make_key(key, label.name, label.value);
      const auto filed = metric.by_label.find(key);
      if (filed == metric.by_label.end()) continue;
      for (const std::uint32_t index : filed->second) find(index, labels, value, past);
    }
  });
}

void SeriesTable::find(std::uint32_t index, metrics::Labels labels, const metrics::Number& value,
                       Past& past) {
  Selector& selector = selectors_[index];
  if (!matches(selector, labels)) return;
  if (found_ == kMostSeries || (selector.over && windows_ == kMostWindows)) {
    selector.cut = true;
    return;
  }
  ++found_;
  Series series{.labels = pool_.of(labels), .value = &value};
  if (selector.over) {
    ++windows_;
    const auto before = past[index].find(*series.labels);
    series.window = before != past[index].end() ? std::move(before->second)
                                                : std::make_unique<Window>(*selector.over, selector.range);
  }
  selector.series.push_back(std::move(series));
}

bool SeriesTable::matches(const Selector& selector, metrics::Labels labels) {
  return std::ranges::all_of(selector.tests, [&](const Test& test) {
    const auto value = value_of(labels, test.matcher.label);
    switch (test.matcher.kind) {
      case Matcher::Kind::equal:
        return value == test.matcher.value;
      case Matcher::Kind::not_equal:
        return value != test.matcher.value;
      case Matcher::Kind::matches:
        return test.pattern && test.pattern->matches(value);
      case Matcher::Kind::not_matches:
        break;
    }
    return test.pattern && !test.pattern->matches(value);
  });
}

}  // namespace steward::alerts
