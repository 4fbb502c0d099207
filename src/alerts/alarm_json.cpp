#include "alerts/alarm_json.hpp"

#include <array>

#include "alerts/rule.hpp"

namespace steward::alerts {

std::string_view name_of(AlarmState state) {
  constexpr std::array<std::string_view, 4> kNames{"pending", "firing", "acknowledged", "resolved"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view name_of(Notification::Kind kind) {
  constexpr std::array<std::string_view, 4> kNames{"firing", "resolved", "digest", "test"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string id_text(std::uint64_t fingerprint) {
  return fmt::format("{:016x}", fingerprint);
}

void write_fields(JsonWriter& json, const Alarm& alarm) {
  json.field("id", id_text(alarm.fingerprint)).field("rule", alarm.rule).object("labels");
  for (const auto& [name, value] : alarm.labels) json.field(name, value);
  json.end().field("severity", name_of(alarm.severity)).field("state", name_of(alarm.state));
  json.field("summary", alarm.summary).field("runbook", alarm.runbook).field("value", alarm.value);
  json.field("pending_since", alarm.pending_since).field("firing_since", alarm.firing_since);
  json.field("resolved_at", alarm.resolved_at).field("acknowledged_by", alarm.acknowledged_by);
  json.field("acknowledgement", alarm.acknowledgement).array("done");
  for (const std::string& sentence : alarm.done) json.value(sentence);
  json.end();
}

std::string to_json(const Alarm& alarm) {
  JsonWriter json;
  json.object();
  write_fields(json, alarm);
  return json.end().take();
}

std::string to_json(const Notification& message) {
  JsonWriter json;
  json.object().field("key", message.key).field("channel", message.channel);
  json.field("kind", name_of(message.kind)).field("group", message.group).array("alarms");
  for (const Alarm& alarm : message.alarms) {
    json.object();
    write_fields(json, alarm);
    json.end();
  }
  json.end().field("left_out", message.left_out).field("created", message.created);
  json.field("host", message.host).field("timezone", message.timezone);
  return json.field("dashboard", message.dashboard).end().take();
}

}  // namespace steward::alerts
