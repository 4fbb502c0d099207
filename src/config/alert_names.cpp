#include "config/alert_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace steward::config {

bool severity_named(std::string_view name, AlertSeverity& out) {
  constexpr std::array<std::string_view, 3> kNames{"info", "warning", "critical"};
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return false;
  out = static_cast<AlertSeverity>(std::distance(kNames.begin(), found));
  return true;
}

int read_severity(TableReader& table, std::string_view key, AlertSeverity& out, Reading& reading) {
  std::string name;
  const int line = table.text(key, name);
  if (line == 0 || severity_named(name, out)) return line;
  reading.problem(line, "{} must be \"info\", \"warning\" or \"critical\", found \"{}\"", key, name);
  return 0;
}

bool is_secret_header(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  constexpr std::array<std::string_view, 8> kSigns{"auth",    "token",  "secret", "password",
                                                   "api-key", "apikey", "cookie", "credential"};
  return std::ranges::any_of(kSigns, [&](std::string_view sign) { return lower.contains(sign); });
}

bool is_chat_name(std::string_view text) {
  return text.size() >= 2 && text.size() <= 65 && text[0] == '@' &&
         std::ranges::all_of(text.substr(1),
                             [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

void read_alert_channels(TableReader& alert, AlertTargets& out, Reading& reading) {
  alert.path("env_file", out.env_file);
  read_channels(alert, out, reading);
  read_routes(alert, out, reading);
}

void know_alert_channels(Reading& reading) {
  know_channels(reading);
  know_routes(reading);
}

}  // namespace steward::config
