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
  const config::HealthSettings& health = settings.health;
  const auto seconds = [](std::int64_t ns) { return static_cast<double>(ns) / kSecond; };
  Numbers numbers{{"health.cpu_percent", static_cast<double>(health.cpu_percent)},
                  {"health.memory_percent", static_cast<double>(health.memory_percent)},
                  {"health.disk_percent", static_cast<double>(health.disk_percent)},
                  {"health.inodes_percent", static_cast<double>(health.inodes_percent)},
                  {"health.swap_percent", static_cast<double>(health.swap_percent)},
                  {"health.load_per_cpu", static_cast<double>(health.load_per_cpu)},
                  {"health.clock_offset", seconds(health.clock_offset)},
                  {"health.disk_full_in", seconds(health.disk_full_in)},
                  {"health.tls_expiry", seconds(health.tls_expiry)}};
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
