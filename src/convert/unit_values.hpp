#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace steward::convert {

/// systemd's "infinity".
inline constexpr std::int64_t kInfinite = INT64_MAX;

/// "5min 20s", "90", "infinity" → nanoseconds (systemd.time(7)); nothing when it is none.
std::optional<std::int64_t> unit_time_span(std::string_view text);

/// "512M", "1.5G", "infinity" → bytes; nothing for what is none, also for "20%".
std::optional<std::int64_t> unit_bytes(std::string_view text);

/// "yes", "true", "on", "1" and their opposites; nothing for others.
std::optional<bool> unit_truth(std::string_view text);

/// Words with systemd's quotes and C escapes taken away; "\x41", "\101", "\u00e9". Fails on a quote without
/// end, a bad escape, or one that gives NUL.
Result<std::vector<std::string>> unit_words(std::string_view text);

}  // namespace steward::convert
