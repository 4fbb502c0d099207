// `[[alert.route]]`: which alarms go where, how often and when not.
#include <algorithm>

#include "config/alert_names.hpp"

namespace steward::config {

namespace {

constexpr std::size_t kMostRoutes = 100;
constexpr std::size_t kMostLabels = 20;
/// Alertmanager takes an alarm for ended that is not told again in this time (docs/channels.md).
constexpr std::int64_t kLongestRepeatForAlertmanager = 12 * 3600 * kSecond;

void read_severities(TableReader& table, AlertRoute& route, Reading& reading) {
  std::vector<std::string> names;
  const int line = table.texts("severity", names);
  for (const std::string& name : names) {
    AlertSeverity severity{};
    if (severity_named(name, severity)) {
      route.severities.push_back(severity);
    } else {
      reading.problem(
          line, "severity must be an array of \"info\", \"warning\" and \"critical\", found \"{}\"", name);
    }
  }
  if (line > 0 && names.empty())
    reading.problem(line, "severity is empty, so this route would match nothing; leave the line out for all");
}

void read_match(TableReader& table, AlertRoute& route, Reading& reading) {
  const Member* member = table.any("match");
  if (member == nullptr) return;
  const auto* labels = std::get_if<Node::Table>(&member->node.value);
  if (labels == nullptr || labels->size() > kMostLabels)
    return reading.problem(member->line,
                           "match must be a table of labels, such as {{bot = \"racing\"}}, found {}",
                           member->node.description());
  for (const Member& label : *labels) {
    const auto* text = std::get_if<std::string>(&label.node.value);
    if (text == nullptr) {
      reading.problem(label.line,
                      "{} must be a text in quotes, such as {} = \"racing\" or \"rac*\", found {}", label.key,
                      label.key, label.node.description());
    } else {
      route.match.emplace_back(label.key, *text);
    }
  }
}

void read_quiet(TableReader& table, AlertRoute& route, Reading& reading) {
  int line = 0;
  TableReader quiet = table.table("quiet_hours", line);
  QuietHours out;
  std::string text;
  const int hours = quiet.text("hours", text);
  if (hours > 0) {
    if (const Status good = read_hours(text, out.hours); !good)
      reading.problem(hours, "{}", good.error().message());
  }
  if (const int days = quiet.text("weekdays", text); days > 0) {
    if (const Status good = read_weekdays(text, out.hours); !good)
      reading.problem(days, "{}", good.error().message());
  }
  quiet.truth("hold_critical", out.hold_critical);
  const std::size_t before = reading.problems.size();
  quiet.finish();
  if (line == 0) return;
  if (hours == 0 && reading.problems.size() == before)
    reading.problem(line, "quiet_hours needs hours, such as {{hours = \"22:00-07:00\"}}");
  route.quiet = out;
}

void check_channels(const AlertRoute& route, const AlertTargets& targets, int line, int repeat_line,
                    Reading& reading) {
  for (const std::string& name : route.channels) {
    const AlertChannel* channel = targets.find(name);
    if (channel == nullptr) {
      reading.problem(
          line, "there is no channel \"{}\"; add [[alert.channel]] with that name, or mend this one", name);
    } else if (channel->type == ChannelType::alertmanager &&
               (route.repeat == 0 || route.repeat > kLongestRepeatForAlertmanager)) {
      reading.problem(std::max(repeat_line, route.line),
                      "repeat must be at most \"12h\" (and not \"0s\") for the Alertmanager \"{}\", which "
                      "forgets an alarm that is not told again within a day",
                      name);
    }
  }
}

AlertRoute read_route(const Node::Table* members, int line, const AlertTargets& targets, Reading& reading) {
  AlertRoute route;
  route.line = line;
  TableReader table(members, "[[alert.route]]", "alert.route", reading);
  read_severities(table, route, reading);
  read_match(table, route, reading);
  const int channels = table.texts("channels", route.channels);
  table.texts("group_by", route.group_by);
  const int repeat = table.duration("repeat", route.repeat, 0);
  if (repeat > 0 && route.repeat > 0 && route.repeat < 60 * kSecond)
    reading.problem(repeat, "repeat must be at least \"1m\", or \"0s\" for never");
  read_quiet(table, route, reading);
  table.truth("continue", route.go_on);
  const bool named =
      members == nullptr || std::ranges::find(*members, "channels", &Member::key) != members->end();
  if (!named)
    reading.problem(line,
                    "this route names no channels; add channels = [\"…\"], or [] for alarms that are told "
                    "to nobody");
  check_channels(route, targets, channels, repeat, reading);
  table.finish();
  return route;
}

}  // namespace

void read_routes(TableReader& alert, AlertTargets& out, Reading& reading) {
  for (const Node* item : alert.tables("route", kMostRoutes))
    out.routes.push_back(read_route(&std::get<Node::Table>(item->value), item->line, out, reading));
}

void know_routes(Reading& reading) {
  read_route(nullptr, 0, {}, reading);
}

}  // namespace steward::config
