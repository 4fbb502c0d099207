#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "alerts/alarm_matcher.hpp"
#include "alerts/record.hpp"

namespace steward::alerts {

struct Silence {
  AlarmMatcher matcher;
  std::string by, comment;
  WallNs created = 0, ends = 0;
};

/// Alarms that a person does not want to hear of until a time. By the wall clock, as they are meant. Control
/// thread.
class Silences {
 public:
  static constexpr std::size_t kMost = 1000;
  static constexpr std::int64_t kLongest = std::int64_t{366} * 24 * 3600 * kSecond;

  void restore(const store::AlarmRows& rows);

  /// Its number. Code::invalid: matchers that are none, or an end that is not between now and a year ahead.
  Result<std::int64_t> add(std::string_view matchers, WallNs ends, std::string by, std::string comment,
                           WallNs now, Record& record);
  /// Ends it now. Code::not_found when there is none of that number.
  Status remove(std::int64_t number, const std::string& by, WallNs now, Record& record);
  /// Drops what has ended; true when something did.
  bool expire(WallNs now, Record& record);

  /// The number of a silence that holds for the alarm; 0: none.
  std::int64_t silencing(const Alarm& alarm) const;
  const std::map<std::int64_t, Silence>& all() const { return silences_; }

 private:
  std::map<std::int64_t, Silence> silences_;
  std::int64_t last_ = 0;
};

}  // namespace steward::alerts
