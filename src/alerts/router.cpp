#include "alerts/router.hpp"

#include <algorithm>

namespace steward::alerts {

namespace {

/// '*' stands for any text, everything else for itself.
bool fits(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  pattern.remove_prefix(star + 1);
  text.remove_prefix(star);
  for (auto next = pattern.find('*'); next != std::string_view::npos; next = pattern.find('*')) {
    const auto at = text.find(pattern.substr(0, next));
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + next);
    pattern.remove_prefix(next + 1);
  }
  return text.ends_with(pattern);
}

std::string_view label(const Alarm& alarm, std::string_view name) {
  if (name == "rule") return alarm.rule;
  const auto found = std::ranges::find(alarm.labels, name, [](const auto& one) { return one.first; });
  return found == alarm.labels.end() ? std::string_view{} : found->second;
}

bool at_least(Severity severity, config::AlertSeverity least) {
  return static_cast<int>(severity) >= static_cast<int>(least);
}

}  // namespace

bool Router::matches(const config::AlertRoute& route, const Alarm& alarm) const {
  const auto same = [&](config::AlertSeverity one) {
    return static_cast<int>(one) == static_cast<int>(alarm.severity);
  };
  return (route.severities.empty() || std::ranges::any_of(route.severities, same)) &&
         std::ranges::all_of(route.match, [&](const auto& wanted) {
           return fits(wanted.second, label(alarm, wanted.first));
         });
}

void Router::add(const config::AlertRoute& route, const std::string& channel, const Alarm& alarm, WallNs now,
                 std::vector<Delivery>& out) const {
  const config::AlertChannel* settings = targets_.find(channel);
  if (settings == nullptr || !at_least(alarm.severity, settings->min_severity)) return;
  if (std::ranges::find(out, channel, &Delivery::channel) != out.end()) return;
  Delivery delivery{.channel = channel, .group_by = route.group_by, .repeat = route.repeat};
  delivery.quiet = route.quiet && (route.quiet->hold_critical || alarm.severity != Severity::critical) &&
                   zone_.end_of(route.quiet->hours, now).has_value();
  out.push_back(std::move(delivery));
}

std::vector<Delivery> Router::route(const Alarm& alarm, WallNs now) const {
  std::vector<Delivery> out;
  bool matched = false;
  for (const config::AlertRoute& route : targets_.routes) {
    if (!matches(route, alarm)) continue;
    matched = true;
    for (const std::string& channel : route.channels) add(route, channel, alarm, now, out);
    if (!route.go_on) break;
  }
  if (matched || !at_least(alarm.severity, config::AlertSeverity::warning)) return out;
  for (const config::AlertChannel& channel : targets_.channels) add({}, channel.name, alarm, now, out);
  return out;
}

}  // namespace steward::alerts
