#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace re2 {
class RE2;
}

namespace steward::alerts {

/// A regular expression (RE2's syntax, as Prometheus has it) that a whole text has to match. It takes time in
/// proportion to the text, whatever the pattern. Movable.
class Pattern {
 public:
  /// Fails on a pattern that is none, is longer than 256 bytes or needs more than 256 KiB.
  static Result<Pattern> compile(const std::string& text);
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  bool matches(std::string_view text) const;

 private:
  explicit Pattern(std::unique_ptr<re2::RE2> compiled);
  std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace steward::alerts
