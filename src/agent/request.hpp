#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.hpp"

/// Requests of the control socket (docs/formats/control.md), read strictly.
namespace steward::agent {

Result<boost::json::object> parse_request(std::string_view line);

/// Code::invalid when there is another field than `command` and these.
Status only(const boost::json::object& request, std::initializer_list<std::string_view> known);

/// A text of 1 to 1000 bytes; absent, `otherwise` when that is not empty.
Result<std::string> text(const boost::json::object& request, std::string_view key,
                         std::string_view otherwise = {});
/// The same, which may be absent or empty.
Result<std::string> optional_text(const boost::json::object& request, std::string_view key);

/// A whole number from `least` to `most`; absent, `otherwise` when that is within them.
Result<std::int64_t> whole(const boost::json::object& request, std::string_view key, std::int64_t least,
                           std::int64_t most, std::int64_t otherwise = INT64_MIN);

}  // namespace steward::agent
