#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "alerts/evaluator.hpp"
#include "metrics/scrape/exposition.hpp"

namespace steward::alerts {

namespace {

struct Bucket {
  double bound, count;
};

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Buckets with the same bound are one; counts that fall, which a scrape amid a change brings, are raised.
void tidy(std::vector<Bucket>& buckets) {
  std::ranges::sort(buckets, {}, &Bucket::bound);
  std::size_t kept = 0;
  for (std::size_t i = 1; i < buckets.size(); ++i) {
    if (buckets[i].bound == buckets[kept].bound) {
      buckets[kept].count += buckets[i].count;
    } else {
      buckets[++kept] = buckets[i];
    }
  }
  buckets.resize(kept + 1);
  double most = buckets[0].count;
  for (Bucket& bucket : buckets) bucket.count = most = std::max(most, bucket.count);
}

double quantile_of(double quantile, std::vector<Bucket>& buckets) {
  if (std::isnan(quantile)) return kNone;
  if (quantile < 0 || quantile > 1) return quantile < 0 ? -kInfinity : kInfinity;
  tidy(buckets);
  const double all = buckets.back().count;
  if (buckets.back().bound != kInfinity || buckets.size() < 2 || all == 0 || std::isnan(all)) return kNone;
  const double rank = quantile * all;
  std::size_t at = 0;
  while (at + 1 < buckets.size() && buckets[at].count < rank) ++at;
  if (at + 1 == buckets.size()) return buckets[at - 1].bound;
  if (at == 0 && buckets[0].bound <= 0) return buckets[0].bound;
  const double begin = at == 0 ? 0 : buckets[at - 1].bound, below = at == 0 ? 0 : buckets[at - 1].count;
  return begin + (buckets[at].bound - begin) * ((rank - below) / (buckets[at].count - below));
}

}  // namespace

void histogram_quantile(double quantile, const Vector& buckets, LabelPool& pool, Vector& out) {
  static const Grouping kWithoutBound{Grouping::Kind::others, {"le"}};
  std::map<LabelPool::Labels, std::vector<Bucket>> histograms;
  for (const Sample& sample : buckets) {
    const auto bound = metrics::parse_number(value_of(*sample.labels, "le"));
    if (bound) histograms[pool.part(sample.labels, kWithoutBound)].push_back({*bound, sample.value});
  }
  for (auto& [labels, all] : histograms) out.push_back({labels, quantile_of(quantile, all)});
}

}  // namespace steward::alerts
