#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace steward::metrics {

/// A value as both formats write it: decimal, NaN, +Inf, -Inf. Nothing when it is none or too large for a
/// double.
std::optional<double> parse_number(std::string_view word);

enum class ScrapedType { untyped, counter, gauge, histogram, summary, info, stateset };

/// One line of an exposition. `type` is its family's; `name` has the suffix (_total, _bucket, …).
struct ScrapedSample {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;  ///< sorted by name
  double value = 0;
  std::string number;  ///< the value as it was written
  /// As it was written: seconds in OpenMetrics, else milliseconds, since 1970.
  std::optional<double> timestamp;
  ScrapedType type = ScrapedType::untyped;

  /// The label's value, empty when there is none (which Prometheus takes as the same).
  std::string_view label(std::string_view wanted) const;
};

/// What one scrape brought. What was beyond a limit is left out and counted.
struct Exposition {
  std::vector<ScrapedSample> samples;
  std::int64_t dropped = 0;  ///< too many series, too many or too long labels, a series given twice
  bool openmetrics = false;
};

struct ScrapeLimits {
  std::size_t bytes = 4 * 1024 * 1024;
  std::size_t series = 5'000;
  std::size_t labels = 16;
  std::size_t label_value = 1'024;
  bool history = false;  ///< a series may come again with another timestamp; `series` then counts samples
};

/// Reads Prometheus text 0.0.4 and OpenMetrics 1.0 (told by its `# EOF`). Exemplars are read over. A line
/// that is neither, or a text beyond `limits.bytes`, fails the whole: half of a bot's numbers would be wrong
/// numbers.
Result<Exposition> parse_exposition(std::string_view text, const ScrapeLimits& limits = {});

}  // namespace steward::metrics
