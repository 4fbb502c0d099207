#include "net/retry_after.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>

namespace steward::net {

namespace {
constexpr std::size_t kLongestDate = 64;
constexpr std::int64_t kMostSeconds = 36'525LL * 86'400;
}  // namespace

std::optional<std::int64_t> retry_after_ns(std::string_view text, WallNs now) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  if (text.empty() || text.size() > kLongestDate) return std::nullopt;
  if (std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    std::int64_t seconds = kMostSeconds;  // what does not fit is longer still
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return std::min(seconds, kMostSeconds) * kSecond;
  }
  // A date begins with a weekday; curl would also take "20" or "10:00" for one.
  if (text[0] < 'A' || text[0] > 'Z') return std::nullopt;
  const time_t date = ::curl_getdate(std::string(text).c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return std::clamp<std::int64_t>(date - now / kSecond, 0, kMostSeconds) * kSecond;
}

}  // namespace steward::net
