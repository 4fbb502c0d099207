#include "logs/stamp.hpp"

#include <charconv>
#include <ctime>

namespace steward::logs {

namespace {

/// The number of `size` digits at `at`; -1 when it is none.
int number_at(std::string_view text, std::size_t at, std::size_t size) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + size, number);
  return error == std::errc{} && end == text.data() + at + size ? number : -1;
}

}  // namespace

WallNs time_of(std::string_view stamp) {
  if (stamp_of(stamp).empty()) return 0;
  const int parts[] = {number_at(stamp, 0, 4),  number_at(stamp, 5, 2),  number_at(stamp, 8, 2),
                       number_at(stamp, 11, 2), number_at(stamp, 14, 2), number_at(stamp, 17, 2),
                       number_at(stamp, 20, 3)};
  for (const int part : parts)
    if (part < 0) return 0;
  if (parts[0] < 1970 || parts[0] > 2200 || parts[1] < 1 || parts[1] > 12 || parts[2] > 31) return 0;
  std::tm fields{};
  fields.tm_year = parts[0] - 1900, fields.tm_mon = parts[1] - 1, fields.tm_mday = parts[2];
  fields.tm_hour = parts[3], fields.tm_min = parts[4], fields.tm_sec = parts[5];
  return ::timegm(&fields) * kSecond + parts[6] * kMillisecond;
}

}  // namespace steward::logs
