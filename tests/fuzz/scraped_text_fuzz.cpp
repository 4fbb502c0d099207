// links: steward_metrics
#include <cstdint>
#include <cstdlib>

#include "metrics/scrape/scraped.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace steward::metrics;
  const ScrapeLimits limits{.bytes = 64 * 1024, .series = 50, .labels = 4, .label_value = 32};
  const auto read = parse_exposition({reinterpret_cast<const char*>(data), size}, limits);
  if (!read) return 0;
  if (read->samples.size() > limits.series) std::abort();
  for (const auto& sample : read->samples)
    if (sample.labels.size() > limits.labels) std::abort();
  const auto meaning = interpret(*read, "bot");
  if (meaning.scraped.series.size() > read->samples.size()) std::abort();
  return 0;
}
