#include "base/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <limits>

#include "base/clock.hpp"

namespace steward {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t size;
};
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kLongest = 36'525 * kDay;
// "ms" before "m": the longest name is tried first.
constexpr std::array<Unit, 9> kDurations{{{"ns", 1},
                                          {"us", kMicrosecond},
                                          {"µs", kMicrosecond},
                                          {"ms", kMillisecond},
                                          {"s", kSecond},
                                          {"m", kMinute},
                                          {"h", kHour},
                                          {"d", kDay},
                                          {"w", 7 * kDay}}};

std::int64_t power(std::int64_t base, int exponent) {
  return exponent == 0 ? 1 : base * power(base, exponent - 1);
}

Result<double> leading_number(std::string_view text, std::string_view& rest) {
  double value = 0;
  if (text.empty() || text[0] < '0' || text[0] > '9') return fail(Code::invalid, "a number was expected");
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(value)) return fail(Code::invalid, "the number is out of range");
  rest = text.substr(static_cast<std::size_t>(end - text.data()));
  return value;
}

}  // namespace

Result<std::int64_t> parse_duration(std::string_view text) {
  const auto bad = [&] {
    return fail(Code::invalid,
                "\"{}\" is not a duration; write a whole number and a unit, such as \"250ms\", \"10s\", "
                "\"5m\", \"6h\" or \"7d\"",
                text);
  };
  if (text.empty()) return bad();
  std::int64_t total = 0;
  std::int64_t last_unit = std::numeric_limits<std::int64_t>::max();
  for (std::string_view rest = text; !rest.empty();) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    if (error != std::errc{} || count < 0) return bad();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const Unit* unit = nullptr;
    for (const Unit& candidate : kDurations) {
      if (rest.starts_with(candidate.name) && (unit == nullptr || candidate.name.size() > unit->name.size()))
        unit = &candidate;
    }
    if (unit == nullptr || unit->size >= last_unit) return bad();
    if (count > (kLongest - total) / unit->size) {
      return fail(Code::invalid, "\"{}\" is longer than the 100 years a duration may have", text);
    }
    total += count * unit->size;
    last_unit = unit->size;
    rest.remove_prefix(unit->name.size());
  }
  return total;
}

Result<std::int64_t> parse_bytes(std::string_view text) {
  const auto bad = [&] {
    return fail(Code::invalid,
                "\"{}\" is not a size; write a number and a unit, such as \"512KiB\", \"64MiB\" or \"5GB\"",
                text);
  };
  std::string_view suffix;
  const auto number = leading_number(text, suffix);
  if (!number) return bad();
  std::int64_t factor = 1;
  if (suffix.empty() || suffix == "B") {
    if (suffix.empty() && *number != 0) return bad();
  } else {
    constexpr std::string_view kLetters = "kMGT";
    const auto at = kLetters.find(suffix[0] == 'K' ? 'k' : suffix[0]);
    if (at == std::string_view::npos) return bad();
    const std::string_view tail = suffix.substr(1);
    if (tail == "iB") {
      factor = power(1024, static_cast<int>(at) + 1);
    } else if (tail == "B") {
      factor = power(1000, static_cast<int>(at) + 1);
    } else {
      return bad();
    }
  }
  const double bytes = *number * static_cast<double>(factor);
  if (bytes > 9.0e15) return fail(Code::invalid, "\"{}\" is larger than any disk", text);
  if (bytes != std::floor(bytes)) return fail(Code::invalid, "\"{}\" is not a whole number of bytes", text);
  return static_cast<std::int64_t>(bytes);
}

Result<double> parse_percent(std::string_view text) {
  std::string_view rest;
  const auto number = leading_number(text, rest);
  if (!number || rest != "%" || *number > 100) {
    return fail(Code::invalid, "\"{}\" is not a percentage; write \"0%\" to \"100%\", such as \"85%\"", text);
  }
  return *number / 100;
}

std::string format_duration(std::int64_t ns) {
  if (ns < 0) return "-" + format_duration(ns == std::numeric_limits<std::int64_t>::min() ? kLongest : -ns);
  if (ns < kMillisecond) return fmt::format("{} us", ns / kMicrosecond);
  if (ns < kSecond) return fmt::format("{} ms", ns / kMillisecond);
  if (ns < kMinute) return fmt::format("{} s", ns / kSecond);
  if (ns < kHour) return fmt::format("{}m {:02}s", ns / kMinute, ns % kMinute / kSecond);
  if (ns < kDay) return fmt::format("{}h {:02}m", ns / kHour, ns % kHour / kMinute);
  return fmt::format("{}d {}h", ns / kDay, ns % kDay / kHour);
}

std::string duration_setting(std::int64_t ns) {
  for (const auto& [name, size] : {Unit{"d", kDay}, Unit{"h", kHour}, Unit{"m", kMinute}, Unit{"s", kSecond},
                                   Unit{"ms", kMillisecond}, Unit{"us", kMicrosecond}}) {
    if (ns >= size && ns % size == 0) return fmt::format("{}{}", ns / size, name);
  }
  return ns == 0 ? "0s" : fmt::format("{}ns", ns);
}

std::string format_bytes(std::int64_t bytes) {
  constexpr std::array<std::string_view, 5> kNames{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; std::abs(value) >= 1024 && unit + 1 < kNames.size(); ++unit) value /= 1024;
  return unit == 0 || value >= 100 ? fmt::format("{:.0f} {}", value, kNames[unit])
                                   : fmt::format("{:.1f} {}", value, kNames[unit]);
}

std::string format_utc(std::int64_t wall_ns) {
  const std::int64_t floor_seconds = wall_ns / kSecond - (wall_ns % kSecond < 0 ? 1 : 0);
  const auto seconds = static_cast<std::time_t>(floor_seconds);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     (wall_ns - floor_seconds * kSecond) / kMillisecond);
}

}  // namespace steward
