// links: steward_keeper
// Any bytes as a plan: sealed with the right last line they reach the parser behind it; what is read must be
// written back the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/fnv.hpp"
#include "keeper/plan.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace steward;
  std::string text(reinterpret_cast<const char*>(data), size);
  [[maybe_unused]] const auto raw = keeper::parse_plan(text);
  if (!text.empty() && text.back() != '\n') text += '\n';
  const auto lines = std::ranges::count(text, '\n');
  const auto plan = keeper::parse_plan(text + fmt::format("end {} {:016x}\n", lines, fnv1a64(text)));
  if (!plan) return 0;
  const auto again = keeper::parse_plan(keeper::format_plan(*plan));
  if (!again || *again != *plan) std::abort();
  return 0;
}
