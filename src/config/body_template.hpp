#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace steward::config {

/// The body of a webhook as a user writes it: JSON with {{names}}. `content` gives what stands for a name,
/// escaped for where it stands. Fails on a name that there is not, and on a {{ without its }}.
Result<std::string> fill_template(std::string_view text,
                                  const std::function<std::string(std::string_view name)>& content);

/// What is wrong with it: fill_template()'s failures, and a body that is not JSON once it is filled.
Status check_template(std::string_view text);

}  // namespace steward::config
