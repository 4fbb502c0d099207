#pragma once

#include "convert/foreign_bot.hpp"

namespace steward::convert {

/// The bots that do on the host what the services of a compose file do in containers. A service without a
/// command of its own (a database from an image) becomes a remark. Fails on what is no YAML or no compose
/// file.
Result<Converted> from_compose(std::string_view text, const std::string& file, const Machine& machine);

}  // namespace steward::convert
