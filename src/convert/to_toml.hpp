#pragma once

#include <string>

#include "convert/foreign_bot.hpp"

namespace steward::convert {

/// The `[[bot]]` with what differs from Steward's defaults, its origin above it and its remarks below, each
/// on a line of comment. config::parse() of it gives the same bot.
std::string to_toml(const ForeignBot& bot);

/// All bots, then the remarks about what became none.
std::string to_toml(const Converted& converted);

/// A text in TOML's quotes.
std::string toml_text(std::string_view text);

}  // namespace steward::convert
