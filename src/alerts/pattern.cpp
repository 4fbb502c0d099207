#include "alerts/pattern.hpp"

#include <re2/re2.h>

namespace steward::alerts {

Result<Pattern> Pattern::compile(const std::string& text) {
  constexpr std::size_t kLongest = 256;
  if (text.size() > kLongest)
    return fail(Code::invalid, "expected a pattern of at most {} bytes, found {}", kLongest, text.size());
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(256 * 1024);
  options.set_dot_nl(true);  // as Prometheus has it
  auto compiled = std::make_unique<re2::RE2>(text, options);
  if (!compiled->ok())
    return fail(Code::invalid, "expected a regular expression (RE2 syntax): {}", compiled->error());
  return Pattern(std::move(compiled));
}

Pattern::Pattern(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

bool Pattern::matches(std::string_view text) const {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

}  // namespace steward::alerts
