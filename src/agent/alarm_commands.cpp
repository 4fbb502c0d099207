#include "agent/alarm_commands.hpp"

#include <ranges>

#include "agent/request.hpp"
#include "alerts/alarm_json.hpp"
#include "base/json_writer.hpp"

namespace steward::agent {

namespace {

constexpr std::size_t kMostListed = 500;
constexpr std::int64_t kMostHistory = static_cast<std::int64_t>(alerts::Record::kMostKept);

template <class Number>
void number_or_null(JsonWriter& json, std::string_view key, Number number) {
  number == 0 ? json.key(key).null() : json.field(key, number);
}

void write(JsonWriter& json, const alerts::AlarmView& view) {
  json.object();
  alerts::write_fields(json, *view.alarm);
  number_or_null(json, "silence", view.silence);
  json.field("inhibited", view.inhibited).end();
}

void write(JsonWriter& json, const store::HistoryRow& row) {
  json.object().field("at", row.at).field("what", row.what).field("rule", row.rule);
  json.field("severity", row.severity);
  row.rule.empty() ? json.key("id").null()
                   : json.field("id", alerts::id_text(static_cast<std::uint64_t>(row.fingerprint)));
  json.field("text", row.text).end();
}

void write(JsonWriter& json, const store::AuditRow& row) {
  json.object().field("at", row.at).field("by", row.by).field("what", row.what).field("text", row.text).end();
}

void write_silences(JsonWriter& json, const alerts::Silences& silences) {
  json.array("silences");
  for (const auto& [number, silence] : silences.all()) {
    json.object().field("number", number).field("matchers", silence.matcher.text()).field("by", silence.by);
    json.field("comment", silence.comment)
        .field("created", silence.created)
        .field("ends", silence.ends)
        .end();
  }
  json.end();
}

void write_channels(JsonWriter& json, const alerts::Outbox& outbox) {
  json.array("channels");
  for (const auto& [name, facts] : outbox.facts()) {
    json.object().field("name", name).field("waiting", facts.waiting).field("delivered", facts.delivered);
    json.field("failed", facts.failed).field("refused", facts.refused);
    number_or_null(json, "last_delivery", facts.last_delivery);
    number_or_null(json, "failing_since", facts.failing_since);
    json.field("last_error", facts.last_error).end();
  }
  json.end();
}

JsonWriter begin(WallNs now) {
  JsonWriter json;
  json.object().field("ok", true).field("now", now);
  return json;
}

const std::string kDone = R"({"ok":true})";

Result<std::uint64_t> read_id(const boost::json::object& request) {
  const auto word = text(request, "id");
  if (!word) return std::unexpected(word.error());
  const auto id = alerts::parse_id(*word);
  if (!id) return fail(Code::invalid, "\"{}\" is no alarm's id, which is 16 hex digits", *word);
  return *id;
}

}  // namespace

Result<std::string> AlarmCommands::answer(std::string_view command, const boost::json::object& request) {
  if (command == "alerts") return list(request);
  if (command == "alert-show") return show(request);
  if (command == "alert-ack") return acknowledge(request);
  if (command == "alert-silence") return silence(request);
  if (command == "alert-unsilence") return end_silence(request);
  if (command == "alert-history") return history(request);
  if (command == "alert-test") return send_test(request);
  return fail(Code::invalid, "there is no command \"{}\"", command);
}

Result<std::string> AlarmCommands::list(const boost::json::object& request) {
  if (auto fields = only(request, {}); !fields) return std::unexpected(fields.error());
  JsonWriter json = begin(clock_.wall());
  const auto all = alarms_.life().alarms();
  json.array("alarms");
  for (const alerts::AlarmView& view : all | std::views::take(kMostListed)) write(json, view);
  json.end().field("left_out", all.size() - std::min(all.size(), kMostListed));
  write_silences(json, alarms_.life().silences());
  write_channels(json, alarms_.outbox());
  json.array("troubles");
  for (const auto& [about, trouble] : alarms_.troubles()) {
    if (!trouble.empty()) json.value(trouble);
  }
  return json.end().end().take();
}

Result<std::string> AlarmCommands::show(const boost::json::object& request) {
  if (auto fields = only(request, {"id"}); !fields) return std::unexpected(fields.error());
  const auto id = read_id(request);
  if (!id) return std::unexpected(id.error());
  JsonWriter json = begin(clock_.wall());
  const auto all = alarms_.life().alarms();
  const auto found = std::ranges::find(all, *id, [](const auto& view) { return view.alarm->fingerprint; });
  json.key("alarm");
  found == all.end() ? static_cast<void>(json.null()) : write(json, *found);
  json.array("history");
  bool known = found != all.end();
  for (const store::HistoryRow& row : alarms_.record().newest_history() | std::views::reverse) {
    if (row.rule.empty() || row.fingerprint != static_cast<std::int64_t>(*id)) continue;
    write(json, row);
    known = true;
  }
  if (!known)
    return fail(Code::not_found, "there is no alarm {}; `steward alerts` lists them", alerts::id_text(*id));
  return json.end().end().take();
}

Result<std::string> AlarmCommands::acknowledge(const boost::json::object& request) {
  if (auto fields = only(request, {"id", "by", "comment"}); !fields) return std::unexpected(fields.error());
  const auto id = read_id(request);
  const auto by = text(request, "by", "unknown");
  const auto comment = optional_text(request, "comment");
  if (!id) return std::unexpected(id.error());
  if (!by || !comment) return std::unexpected((by ? comment : by).error());
  const Status done = alarms_.acknowledge(*id, *by, *comment);
  return done ? Result<std::string>(kDone) : std::unexpected(done.error());
}

Result<std::string> AlarmCommands::silence(const boost::json::object& request) {
  if (auto fields = only(request, {"matchers", "ends", "by", "comment"}); !fields)
    return std::unexpected(fields.error());
  const auto matchers = text(request, "matchers");
  const auto by = text(request, "by", "unknown");
  const auto comment = optional_text(request, "comment");
  const auto ends = whole(request, "ends", 0, INT64_MAX);
  if (!matchers) return std::unexpected(matchers.error());
  if (!by || !comment) return std::unexpected((by ? comment : by).error());
  if (!ends) return std::unexpected(ends.error());
  const auto number = alarms_.silence(*matchers, *ends, *by, *comment);
  if (!number) return std::unexpected(number.error());
  return fmt::format(R"({{"ok":true,"number":{}}})", *number);
}

Result<std::string> AlarmCommands::end_silence(const boost::json::object& request) {
  if (auto fields = only(request, {"number", "by"}); !fields) return std::unexpected(fields.error());
  const auto number = whole(request, "number", 1, INT64_MAX);
  const auto by = text(request, "by", "unknown");
  if (!number) return std::unexpected(number.error());
  if (!by) return std::unexpected(by.error());
  const Status done = alarms_.end_silence(*number, *by);
  return done ? Result<std::string>(kDone) : std::unexpected(done.error());
}

Result<std::string> AlarmCommands::history(const boost::json::object& request) {
  if (auto fields = only(request, {"limit"}); !fields) return std::unexpected(fields.error());
  const auto limit = whole(request, "limit", 1, kMostHistory, 100);
  if (!limit) return std::unexpected(limit.error());
  JsonWriter json = begin(clock_.wall());
  const auto newest = [&](std::string_view key, const auto& rows) {
    json.array(key);
    for (const auto& row : rows | std::views::reverse | std::views::take(*limit)) write(json, row);
    json.end();
  };
  newest("history", alarms_.record().newest_history());
  newest("audit", alarms_.record().newest_audit());
  return json.end().take();
}

Result<std::string> AlarmCommands::send_test(const boost::json::object& request) {
  if (auto fields = only(request, {"channel", "by"}); !fields) return std::unexpected(fields.error());
  const auto channel = optional_text(request, "channel");
  const auto by = text(request, "by", "unknown");
  if (!channel || !by) return std::unexpected((channel ? by : channel).error());
  const auto channels = alarms_.send_test(*channel, *by);
  if (!channels) return std::unexpected(channels.error());
  JsonWriter json = begin(clock_.wall());
  json.array("channels");
  for (const std::string& name : *channels) json.value(name);
  return json.end().end().take();
}

}  // namespace steward::agent
