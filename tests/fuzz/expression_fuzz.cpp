// links: steward_alerts
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "alerts/expression.hpp"
#include "alerts/summary.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace steward::alerts;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto summary = Summary::parse(text); summary) {
    static_cast<void>(summary->render({{"bot", "a"}}, 0.5));
    static_cast<void>(summary->for_prometheus());
  }
  const auto parsed = parse_expression(text);
  if (!parsed) {
    if (parsed.error().column == 0 || parsed.error().text.empty()) std::abort();
    return 0;
  }
  const auto again = parse_expression(print(*parsed));
  // What is printed may be longer than what may be read: parentheses and quotes.
  if (again ? *again != *parsed : print(*parsed).size() <= kLongestExpression) std::abort();
  return 0;
}
