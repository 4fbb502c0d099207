#include "objects/s3/times.hpp"

#include <ctime>
#include <string>

namespace steward::objects {

namespace {

/// The moment that `text` begins with; what follows it goes to `rest`.
std::optional<WallNs> parse(std::string_view text, const char* format, std::string& rest) {
  constexpr std::size_t kLongest = 64;
  if (text.size() > kLongest) return std::nullopt;
  const std::string copy(text);
  std::tm utc{};
  const char* end = ::strptime(copy.c_str(), format, &utc);
  if (end == nullptr || utc.tm_year < 70 || utc.tm_year > 300) return std::nullopt;
  rest = end;
  return static_cast<WallNs>(::timegm(&utc)) * kSecond;
}

}  // namespace

std::optional<WallNs> parse_utc(std::string_view text) {
  std::string rest;
  const auto seconds = parse(text, "%Y-%m-%dT%H:%M:%S", rest);
  if (!seconds || rest.empty() || rest.back() != 'Z') return std::nullopt;
  WallNs fraction = 0;
  if (rest.size() > 1) {
    if (rest[0] != '.') return std::nullopt;
    WallNs unit = kSecond;
    for (const char c : std::string_view(rest).substr(1, rest.size() - 2)) {
      if (c < '0' || c > '9') return std::nullopt;
      unit /= 10;
      fraction += (c - '0') * unit;
    }
  }
  return *seconds + fraction;
}

std::optional<WallNs> parse_http_date(std::string_view text) {
  std::string rest;
  const auto seconds = parse(text, "%a, %d %b %Y %H:%M:%S", rest);
  if (!seconds || rest != " GMT") return std::nullopt;
  return seconds;
}

}  // namespace steward::objects
