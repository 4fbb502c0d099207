#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace steward::alerts {

/// The rules that Steward ships (defaults.toml), as they are written: with placeholders.
const std::vector<config::AlertRule>& default_rules();

/// What stands for the placeholders of rules: "health.cpu_percent" → 85, "limits.daily_loss" → 200. Durations
/// are in seconds. A limit that the user did not give is not there.
using Numbers = std::map<std::string, double, std::less<>>;
Numbers numbers_of(const config::Settings& settings);

/// `text` with its `${NAME}` replaced. Code::not_found with the name as message when a number is not there.
Result<std::string> fill_in(std::string_view text, const Numbers& numbers);

}  // namespace steward::alerts
