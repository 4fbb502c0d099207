#include "cli/zone.hpp"

#include <cstdlib>
#include <ctime>

namespace steward::cli {

namespace {

std::tm local(WallNs at) {
  const auto seconds = static_cast<std::time_t>(at / kSecond);
  std::tm out{};
  ::localtime_r(&seconds, &out);
  return out;
}

std::string print(const char* format, const std::tm& when) {
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &when)};
}

}  // namespace

void use_zone(const std::string& name) {
  if (!name.empty()) ::setenv("TZ", name.c_str(), 1);
  ::tzset();
}

std::string local_moment(WallNs at, WallNs now) {
  constexpr std::int64_t kHalfYear = 183 * 86'400 * kSecond;
  const std::tm when = local(at);
  const std::tm today = local(now);
  if (when.tm_year == today.tm_year && when.tm_yday == today.tm_yday) return print("%H:%M:%S", when);
  const bool near = at > now - kHalfYear && at < now + kHalfYear;
  return print(near ? "%a %d %b %H:%M" : "%d %b %Y", when);
}

std::string local_clock(WallNs at) {
  return print("%H:%M:%S %Z", local(at));
}

}  // namespace steward::cli
