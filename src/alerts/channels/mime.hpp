#pragma once

#include <string>
#include <string_view>

namespace steward::alerts {

// What of mail's formats (RFC 2045, 2047, 5322) a message needs. All text is UTF-8; the results are ASCII
// with lines of at most 76 characters, ended by CRLF.

/// "Name: value" with its CRLF, folded; words that are not plain ASCII become encoded-words. Nothing in
/// `value` can end the field: control characters become spaces.
std::string header_field(std::string_view name, std::string_view value);

/// "Name: phrase <address>" with its CRLF; `address` is one already.
std::string address_field(std::string_view name, std::string_view phrase, std::string_view address);

/// The body of a part with Content-Transfer-Encoding: quoted-printable.
std::string quoted_printable(std::string_view text);

/// "Wed, 25 Nov 2026 14:05:09 +0000".
std::string mail_date(std::int64_t wall_ns);

}  // namespace steward::alerts
