#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace steward::objects {

/// "2026-11-25T03:00:00Z" or with a fraction, as S3's XML and the credential endpoints write times.
std::optional<WallNs> parse_utc(std::string_view text);

/// "Wed, 25 Nov 2026 03:00:00 GMT", as HTTP's Date and Last-Modified do.
std::optional<WallNs> parse_http_date(std::string_view text);

}  // namespace steward::objects
