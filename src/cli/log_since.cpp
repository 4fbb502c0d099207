#include <ctime>

#include "base/units.hpp"
#include "cli/log_reader.hpp"

namespace steward::cli {

namespace {

/// Reads `text` by one strptime format; the fields it does not name are those of `out`.
bool reads_as(const std::string& text, const char* format, std::tm& out) {
  std::tm fields = out;
  const char* end = ::strptime(text.c_str(), format, &fields);
  if (end == nullptr || *end != '\0') return false;
  out = fields;
  return true;
}

}  // namespace

Result<std::string> parse_since(const std::string& text, WallNs now) {
  if (const auto age = parse_duration(text)) return format_utc(now - *age);
  const bool utc = text.ends_with('Z');
  const std::string moment = utc ? text.substr(0, text.size() - 1) : text;
  const auto seconds = static_cast<std::time_t>(now / kSecond);
  std::tm fields{};
  utc ? ::gmtime_r(&seconds, &fields) : ::localtime_r(&seconds, &fields);
  fields.tm_hour = fields.tm_min = fields.tm_sec = 0;
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
                             "%Y-%m-%d", "%H:%M:%S", "%H:%M"}) {
    if (!reads_as(moment, format, fields)) continue;
    fields.tm_isdst = -1;
    return format_utc((utc ? ::timegm(&fields) : std::mktime(&fields)) * kSecond);
  }
  return fail(Code::invalid,
              "\"{}\" is no time; write how long ago, such as 10m or 2h, or a time, such as 13:00 or "
              "2026-11-22T13:00",
              text);
}

}  // namespace steward::cli
