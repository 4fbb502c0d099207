#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace steward {

/// "250ms", "10s", "5m", "6h", "7d", "1h30m", "0s" → nanoseconds. Whole numbers with a unit of ns, us, ms, s,
/// m, h, d, w; several may follow one another, largest first. At most 100 years.
Result<std::int64_t> parse_duration(std::string_view text);

/// "512B", "64KiB", "1.5GiB", "10MB", "0" → bytes. Ki, Mi, Gi, Ti are powers of 1024, k (or K), M, G, T of
/// 1000.
Result<std::int64_t> parse_bytes(std::string_view text);

/// "85%" or "12.5%" → a fraction of 1 (0.85). 0 to 100.
Result<double> parse_percent(std::string_view text);

/// The shortest form people read at a glance: 350 ms, 12 s, 4m 07s, 3h 05m, 12d 4h.
std::string format_duration(std::int64_t ns);

/// A form that parse_duration reads back exactly: "1500ms", "10s", "6h".
std::string duration_setting(std::int64_t ns);

/// 312 B, 4.2 KiB, 64 MiB.
std::string format_bytes(std::int64_t bytes);

/// 2026-11-22T13:20:05.123Z (RFC 3339, UTC, milliseconds).
std::string format_utc(std::int64_t wall_ns);

}  // namespace steward
