#include "alerts/alarm_json.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "alerts/rule.hpp"

namespace steward::alerts {

namespace {

namespace json = boost::json;

/// The fields of one object; what is absent or of another kind is as if it were empty.
class Fields {
 public:
  explicit Fields(const json::object& object) : object_(object) {}

  std::string text(std::string_view key) const {
    const json::value* value = find(key);
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string() : std::string(text->data(), text->size());
  }
  std::int64_t integer(std::string_view key) const { return number_or_0<std::int64_t>(key); }
  double number(std::string_view key) const { return number_or_0<double>(key); }
  const json::array* array(std::string_view key) const {
    const json::value* value = find(key);
    return value == nullptr ? nullptr : value->if_array();
  }
  const json::object* object(std::string_view key) const {
    const json::value* value = find(key);
    return value == nullptr ? nullptr : value->if_object();
  }

 private:
  template <class T>
  T number_or_0(std::string_view key) const {
    const json::value* value = find(key);
    json::error_code error;
    const T number = value == nullptr ? T{} : value->to_number<T>(error);
    return error ? T{} : number;
  }
  const json::value* find(std::string_view key) const {
    return object_.if_contains(json::string_view(key.data(), key.size()));
  }
  const json::object& object_;
};

/// The enumerator of that name, the last one for a name that is none.
template <class Enum>
Enum named(std::string_view name, Enum last) {
  for (int i = 0; i < static_cast<int>(last); ++i) {
    if (name_of(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  return last;
}

Result<json::object> parse_object(std::string_view text) {
  json::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || !value.is_object()) return fail(Code::corrupt, "an alarm in steward.db is not a JSON object");
  return std::move(value.as_object());
}

Alarm read_alarm(const json::object& object) {
  const Fields fields(object);
  Alarm alarm;
  alarm.fingerprint = parse_id(fields.text("id")).value_or(0);
  alarm.rule = fields.text("rule");
  if (const json::object* labels = fields.object("labels")) {
    for (const auto& label : *labels) {
      if (const json::string* value = label.value().if_string())
        alarm.labels.emplace_back(std::string(label.key()), std::string(value->data(), value->size()));
    }
  }
  alarm.severity = named(fields.text("severity"), Severity::critical);
  alarm.state = named(fields.text("state"), AlarmState::resolved);
  alarm.summary = fields.text("summary"), alarm.runbook = fields.text("runbook");
  alarm.value = fields.number("value");
  alarm.pending_since = fields.integer("pending_since");
  alarm.firing_since = fields.integer("firing_since");
  alarm.resolved_at = fields.integer("resolved_at");
  alarm.acknowledged_by = fields.text("acknowledged_by");
  alarm.acknowledgement = fields.text("acknowledgement");
  if (const json::array* done = fields.array("done")) {
    for (const json::value& sentence : *done) {
      if (const json::string* text = sentence.if_string())
        alarm.done.emplace_back(text->data(), text->size());
    }
  }
  return alarm;
}

}  // namespace

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

std::optional<std::uint64_t> parse_id(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  if (text.size() != 16 || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return id;
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

Result<Alarm> alarm_from_json(std::string_view text) {
  const auto object = parse_object(text);
  if (!object) return std::unexpected(object.error());
  return read_alarm(*object);
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

Result<Notification> notification_from_json(std::string_view text) {
  const auto object = parse_object(text);
  if (!object) return std::unexpected(object.error());
  const Fields fields(*object);
  Notification message;
  message.key = fields.text("key"), message.channel = fields.text("channel");
  message.kind = named(fields.text("kind"), Notification::Kind::test);
  message.group = fields.text("group");
  if (const json::array* alarms = fields.array("alarms")) {
    for (const json::value& alarm : *alarms) {
      if (const json::object* one = alarm.if_object()) message.alarms.push_back(read_alarm(*one));
    }
  }
  message.left_out = fields.integer("left_out"), message.created = fields.integer("created");
  message.host = fields.text("host"), message.timezone = fields.text("timezone");
  message.dashboard = fields.text("dashboard");
  return message;
}

}  // namespace steward::alerts
