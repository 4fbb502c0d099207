#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace steward::schedule {

/// A date of the proleptic Gregorian calendar without zone.
struct Date {
  int year = 1970;
  unsigned month = 1;    ///< 1 to 12
  unsigned day = 1;      ///< 1 to 31
  unsigned weekday = 4;  ///< 0 to 6, Sunday is 0
};

/// The five fields of crontab(5), as Debian's cron reads them: minute, hour, day of month, month, day of
/// week; lists, ranges, steps, names of months and days; @hourly, @daily, @midnight, @weekly, @monthly,
/// @yearly, @annually. When both days are restricted either of them is enough. A value.
class Cron {
 public:
  /// Errors name the field and what it may be.
  static Result<Cron> parse(std::string_view text);

  bool on(const Date& date) const;
  bool at_hour(unsigned hour) const { return hours_[hour]; }
  bool at_minute(unsigned minute) const { return minutes_[minute]; }
  /// Minute or hour is a wildcard: it follows real time when clocks are changed (cron(8)).
  bool wildcard() const { return wildcard_; }

 private:
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;
  bool any_day_ = false;
  bool any_weekday_ = false;
  bool wildcard_ = false;
};

}  // namespace steward::schedule
