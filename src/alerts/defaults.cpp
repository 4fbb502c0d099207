#include "alerts/defaults.hpp"

extern "C" {
extern const char steward_default_rules[];
extern const char steward_default_rules_end[];
}

namespace steward::alerts {

const std::vector<config::AlertRule>& default_rules() {
  static const std::vector<config::AlertRule> rules = [] {
    const std::string_view text(steward_default_rules,
                                static_cast<std::size_t>(steward_default_rules_end - steward_default_rules));
    return config::parse_alert_rules(text, "default rules").rules.rules;
  }();
  return rules;
}

Numbers numbers_of(const config::Settings& settings) {
  constexpr double kHour = 3600;
  Numbers numbers{{"health.cpu_percent", 85},
                  {"health.memory_percent", 90},
                  {"health.disk_percent", 95},
                  {"health.inodes_percent", 95},
                  {"health.swap_percent", 80},
                  {"health.load_per_cpu", 4},
                  {"health.clock_offset", 0.5},
                  {"health.disk_full_in", 6 * kHour},
                  {"health.tls_expiry", 14 * 24 * kHour}};
  for (const auto& limit : settings.alert_rules.limits)
    numbers["limits." + limit.name] = static_cast<double>(limit.value);
  return numbers;
}

Result<std::string> fill_in(std::string_view text, const Numbers& numbers) {
  std::string out;
  for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${")) {
    out += text.substr(0, at);
    text.remove_prefix(at + 2);
    const auto end = text.find('}');
    const auto name = text.substr(0, end);
    const auto number = numbers.find(name);
    if (end == std::string_view::npos || number == numbers.end())
      return std::unexpected(Error(Code::not_found, std::string(name)));
    out += fmt::format("{}", number->second);
    text.remove_prefix(end + 1);
  }
  return out.append(text);
}

}  // namespace steward::alerts
