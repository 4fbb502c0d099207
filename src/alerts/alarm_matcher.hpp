#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alerts/alarm.hpp"
#include "alerts/expression.hpp"
#include "alerts/pattern.hpp"

namespace steward::alerts {

/// Which alarms a silence or an inhibition is about: `rule="bot-down",bot=~"rac.*"`, all of which must hold.
/// Besides the alarm's labels, `rule` and `severity` are labels here. Movable, immutable.
class AlarmMatcher {
 public:
  /// The braces may be there or not. Fails with one sentence on a text that is none, or matches everything.
  static Result<AlarmMatcher> parse(std::string_view text);

  bool matches(const Alarm& alarm) const;
  /// As parse() reads it.
  const std::string& text() const { return text_; }

 private:
  AlarmMatcher() = default;
  std::string text_;
  std::vector<Matcher> matchers_;
  std::vector<std::pair<std::size_t, Pattern>> patterns_;  ///< of the matcher at that place
};

/// The label's value; of `rule` and `severity` those of the alarm. Empty when there is none.
std::string_view label_of(const Alarm& alarm, std::string_view name);

}  // namespace steward::alerts
