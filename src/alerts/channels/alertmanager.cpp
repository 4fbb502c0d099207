#include "alerts/channels/alertmanager.hpp"

#include <map>

#include "alerts/channels/fit.hpp"
#include "alerts/channels/message.hpp"
#include "alerts/rule.hpp"
#include "base/json_writer.hpp"
#include "base/units.hpp"

namespace steward::alerts {

namespace {

constexpr std::int64_t kStands = 24 * 3600 * kSecond;
constexpr std::int64_t kNoteStands = 300 * kSecond;
constexpr std::size_t kMostOfValue = 1000;

/// Alertmanager takes [a-zA-Z_][a-zA-Z0-9_]* alone.
std::string label_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    if (digit && out.empty()) out += '_';
    out += letter || digit ? c : '_';
  }
  return out.empty() ? "_" : out;
}

struct Alert {
  std::map<std::string, std::string> labels, annotations;
  WallNs starts = 0, ends = 0;
  std::string generator;
};

void write(JsonWriter& json, const Alert& alert) {
  const auto write_map = [&](std::string_view key, const std::map<std::string, std::string>& map) {
    json.object(key);
    for (const auto& [name, value] : map) {
      if (!value.empty()) json.field(name, fit(value, kMostOfValue));  // an empty one is as good as none
    }
    json.end();
  };
  json.object();
  write_map("labels", alert.labels);
  write_map("annotations", alert.annotations);
  json.field("startsAt", format_utc(alert.starts)).field("endsAt", format_utc(alert.ends));
  if (!alert.generator.empty()) json.field("generatorURL", alert.generator);
  json.end();
}

Alert alert_of(const Alarm& alarm, const AlarmText& text, const Notification& notification,
               const std::string& dashboard) {
  Alert alert;
  for (const auto& [name, value] : alarm.labels) alert.labels[label_name(name)] = value;
  alert.labels["alertname"] = alarm.rule;
  alert.labels["severity"] = std::string(name_of(alarm.severity));
  alert.labels.try_emplace("host", notification.host);
  alert.annotations["summary"] = alarm.summary;
  for (const auto& [name, value] : text.facts) {
    if (name != "severity") alert.annotations[label_name(name == "runbook" ? "runbook_url" : name)] = value;
  }
  const WallNs since = alarm.firing_since != 0 ? alarm.firing_since : notification.created;
  alert.starts = since;
  alert.ends = alarm.state == AlarmState::resolved
                   ? (alarm.resolved_at != 0 ? alarm.resolved_at : notification.created)
                   : notification.created + kStands;
  alert.generator = dashboard;
  return alert;
}

/// A test or a digest, as an alert that ends by itself.
Alert note_of(const Message& message, const Notification& notification) {
  Alert alert;
  alert.labels["alertname"] =
      notification.kind == Notification::Kind::test ? "steward-test" : "steward-messages-held-back";
  alert.labels["severity"] = std::string(name_of(message.worst));
  alert.labels["host"] = notification.host;
  alert.annotations["summary"] = message.title;
  alert.annotations["description"] = message.lead + (message.rest.empty() ? "" : " " + message.rest);
  alert.starts = notification.created;
  alert.ends = notification.created + kNoteStands;
  alert.generator = message.dashboard;
  return alert;
}

}  // namespace

net::HttpRequest render_alertmanager(const Channel& channel, const Notification& notification) {
  const Message message = message_of(notification);
  JsonWriter json;
  json.array();
  const bool note = notification.kind == Notification::Kind::test ||
                    notification.kind == Notification::Kind::digest || notification.alarms.empty();
  if (note) write(json, note_of(message, notification));
  if (notification.kind != Notification::Kind::test) {
    for (std::size_t i = 0; i < notification.alarms.size(); ++i)
      write(json, alert_of(notification.alarms[i], message.alarms[i], notification, message.dashboard));
  }
  json.end();
  std::string url = channel.settings.url;
  while (url.ends_with('/')) url.pop_back();
  return post_json(channel, url + "/api/v2/alerts", json.take());
}

Outcome judge_alertmanager(const Result<net::HttpAnswer>& answer, WallNs now) {
  return judge_http(
      answer, now,
      "url is the address before /api, such as \"http://127.0.0.1:9093\"; look at it and at what the "
      "channel signs in with, then `steward reload`");
}

}  // namespace steward::alerts
