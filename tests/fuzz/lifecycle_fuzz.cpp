// links: steward_objects
#include <cstdint>
#include <cstdlib>
#include <string>

#include "objects/s3/lifecycle_text.hpp"

using namespace steward::objects;

/// What is understood can be changed: rules of ours come in and go out again, and no byte of the others with
/// them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = LifecycleText::parse(std::string(reinterpret_cast<const char*>(data), size));
  if (!text) return 0;
  const auto ours = [](const LifecycleRule& rule) { return rule.id == "steward-fuzz"; };
  const LifecycleRule rule{
      .id = "steward-fuzz", .prefix = "a&b/", .larger_than = 1, .moves = {{30, "STANDARD_IA"}}};
  const std::string without = text->with(ours, {});
  const auto added = LifecycleText::parse(text->with(ours, {rule}));
  if (!added || !added->has(rule) || !added->same_rules(*added)) std::abort();
  if (added->with(ours, {rule}) != added->text()) std::abort();
  if (!without.empty() && added->with(ours, {}) != without) std::abort();
  if (!text->missing_in(*text).empty()) std::abort();
  return 0;
}
