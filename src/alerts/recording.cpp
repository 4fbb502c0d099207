#include "alerts/recording.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "metrics/scrape/exposition.hpp"

namespace steward::alerts {

Result<Recording> Recording::parse(std::string_view text) {
  const auto read =
      metrics::parse_exposition(text, {.bytes = kMostBytes, .series = kMostSamples, .history = true});
  if (!read) return std::unexpected(read.error());
  if (read->dropped > 0)
    return fail(
        Code::invalid,
        "{} samples are there twice or beyond the {} samples, 16 labels and 1024 bytes of a label that "
        "are read",
        read->dropped, kMostSamples);
  if (read->samples.empty()) return fail(Code::invalid, "expected samples, found none");
  const double unit = read->openmetrics ? 1e9 : 1e6;
  Recording out;
  out.begin_ = std::numeric_limits<WallNs>::max();
  std::map<std::pair<std::string, LabelSet>, std::vector<Point>> all;
  for (const metrics::ScrapedSample& sample : read->samples) {
    const double at = sample.timestamp.value_or(-1) * unit;
    if (!(at >= 0 && at < 9e18))
      return fail(Code::invalid,
                  "{} has no timestamp (since 1970) after its value {}; every sample needs one", sample.name,
                  sample.number);
    all[{sample.name, sample.labels}].push_back({static_cast<WallNs>(std::llround(at)), sample.value});
  }
  for (auto& [key, points] : all) {
    std::ranges::sort(points, {}, &Point::at);
    out.begin_ = std::min(out.begin_, points.front().at);
    out.end_ = std::max(out.end_, points.back().at);
    out.by_name_[key.first].push_back({.labels = key.second, .points = std::move(points)});
  }
  return out;
}

void Recording::play_to(WallNs at) {
  for (auto& [name, all] : by_name_) {
    for (Series& series : all) {
      while (series.next < series.points.size() && series.points[series.next].at <= at) ++series.next;
      const bool present = series.next > 0 && at - series.points[series.next - 1].at <= kStaleAfter;
      if (present) series.value = series.points[series.next - 1].value;
      if (present != series.present) ++generation_;
      series.present = present;
    }
  }
}

void Recording::each_series(std::string_view sample_name, const Visit& visit) const {
  const auto found = by_name_.find(sample_name);
  if (found == by_name_.end()) return;
  std::vector<metrics::Label> labels;
  for (const Series& series : found->second) {
    if (!series.present) continue;
    labels.clear();
    for (const auto& [name, value] : series.labels) labels.push_back({name, value});
    visit(labels, series.value);
  }
}

}  // namespace steward::alerts
