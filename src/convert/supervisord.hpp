#pragma once

#include "convert/foreign_bot.hpp"

namespace steward::convert {

/// The bots that do what the programs of a supervisord.conf do. Fails on a file that is no ini file, or with
/// more programs than Steward keeps.
Result<Converted> from_supervisord(std::string_view text, const std::string& file);

}  // namespace steward::convert
