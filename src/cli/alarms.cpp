// steward alerts: what asks the agent: list, show, ack, silence, history, send-test.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <set>

#include "alerts/alarm_json.hpp"
#include "alerts/rule.hpp"
#include "base/json_writer.hpp"
#include "base/units.hpp"
#include "cli/control.hpp"
#include "cli/fields.hpp"
#include "cli/terminal.hpp"
#include "cli/wait_until.hpp"
#include "cli/zone.hpp"

namespace steward::cli {

namespace {

constexpr std::int64_t kPatience = 5 * kSecond, kTestPatience = 30 * kSecond;
constexpr std::string_view kDefaultLength = "1h";

/// The agent's answer, parsed. Alarms live in the agent: without it there are none to show.
Result<json::object> ask(const Options& options, const std::string& request) {
  const auto state = state_of(options);
  if (!state) return std::unexpected(state.error());
  const auto answer = Control(*state).ask_agent(request, kPatience);
  if (!answer) {
    const bool away = answer.error().code() == Code::unavailable || answer.error().code() == Code::timeout;
    if (away) return fail(answer.error(), "the agent, which keeps the alarms, does not answer");
    return std::unexpected(answer.error());
  }
  json::error_code bad;
  auto value = json::parse(*answer, bad);
  if (bad || !value.is_object()) return fail(Code::corrupt, "the agent's answer is not to be read");
  return std::move(value.as_object());
}

std::vector<Fields> items(const json::object& answer, std::string_view key) {
  std::vector<Fields> out;
  const auto* value = answer.if_contains(json::string_view(key.data(), key.size()));
  const auto* list = value == nullptr ? nullptr : value->if_array();
  if (list == nullptr) return out;
  for (const json::value& item : *list) out.emplace_back(&item);
  return out;
}

std::vector<alerts::Alarm> alarms_of(const json::object& answer) {
  std::vector<alerts::Alarm> out;
  const auto* value = answer.if_contains("alarms");
  const auto* list = value == nullptr ? nullptr : value->if_array();
  if (list == nullptr) return out;
  for (const json::value& item : *list) {
    if (auto alarm = alerts::alarm_from_json(json::serialize(item))) out.push_back(std::move(*alarm));
  }
  return out;
}

void use_configured_zone(const Options& options) {
  const auto settings = settings_of(options);
  use_zone(settings ? settings->timezone : "");
}

std::string with_labels(const alerts::Alarm& alarm) {
  std::string labels;
  for (const auto& [name, value] : alarm.labels)
    labels += fmt::format("{}{}=\"{}\"", labels.empty() ? "" : ",", name, value);
  return labels.empty() ? alarm.rule : fmt::format("{}{{{}}}", alarm.rule, labels);
}

std::string why_quiet(const alerts::Alarm& alarm, const Fields& fields) {
  if (alarm.state == alerts::AlarmState::acknowledged) return "  (" + alarm.acknowledged_by + " has it)";
  if (const auto silence = fields.integer("silence")) return fmt::format("  (silence {})", *silence);
  return fields.truth("inhibited", false) ? "  (another alarm explains it)" : "";
}

std::string line_of(const alerts::Alarm& alarm, const Fields& fields, WallNs now) {
  const WallNs since = alarm.firing_since != 0 ? alarm.firing_since : alarm.pending_since;
  return fmt::format("{}  {:<8}  {:<12}  {:>8}  {}: {}{}\n", alerts::id_text(alarm.fingerprint),
                     alerts::name_of(alarm.severity), alerts::name_of(alarm.state),
                     format_duration(std::max<std::int64_t>(now - since, 0)), with_labels(alarm),
                     alarm.summary, why_quiet(alarm, fields));
}

int run_list(const Options& options) {
  const auto answer = ask(options, R"({"command":"alerts"})");
  if (!answer) return complain(answer.error());
  if (options.json) return print(json::serialize(*answer) + "\n"), kDone;
  use_configured_zone(options);
  const auto alarms = alarms_of(*answer);
  const auto fields = items(*answer, "alarms");
  const json::value whole(*answer);
  const Fields all(&whole);
  for (std::size_t i = 0; i < alarms.size(); ++i)
    print(line_of(alarms[i], fields[i], all.integer("now").value_or(0)));
  if (alarms.empty()) print("no alarms\n");
  if (const auto more = all.integer("left_out"); more && *more > 0)
    print(fmt::format("and {} more\n", *more));
  for (const Fields& channel : items(*answer, "channels")) {
    if (const std::string error = channel.text("last_error"); !error.empty())
      remark(fmt::format("{} cannot be reached, {} wait: {}", channel.text("name"),
                         channel.integer("waiting").value_or(0), error));
  }
  for (const std::string& trouble : all.texts("troubles")) remark(trouble);
  return kDone;
}

/// The alarm that a person means by an id, the beginning of one, or a rule's name.
Result<std::uint64_t> meant(const Options& options) {
  if (const auto id = alerts::parse_id(options.alarm)) return *id;
  const auto answer = ask(options, R"({"command":"alerts"})");
  if (!answer) return std::unexpected(answer.error());
  std::set<std::uint64_t> found;
  for (const alerts::Alarm& alarm : alarms_of(*answer)) {
    if (alarm.rule == options.alarm || alerts::id_text(alarm.fingerprint).starts_with(options.alarm))
      found.insert(alarm.fingerprint);
  }
  if (found.size() == 1) return *found.begin();
  if (found.empty())
    return fail(Code::not_found, "there is no alarm \"{}\"; `steward alerts` lists them", options.alarm);
  return fail(Code::conflict, "\"{}\" may be any of {} alarms; give an id that `steward alerts` lists",
              options.alarm, found.size());
}

std::string moment(WallNs at, WallNs now) {
  return at == 0 ? "-" : local_moment(at, now);
}

void print_history(const std::vector<Fields>& rows, WallNs now) {
  for (const Fields& row : rows) {
    const std::string rule = row.text("rule");
    print(fmt::format("{:<16}  {:<13}  {}{}\n", moment(row.integer("at").value_or(0), now), row.text("what"),
                      rule.empty() ? "" : rule + ": ", row.text("text")));
  }
}

int run_show(const Options& options) {
  const auto id = meant(options);
  if (!id) return complain(id.error());
  JsonWriter request;
  request.object().field("command", "alert-show").field("id", alerts::id_text(*id)).end();
  const auto answer = ask(options, request.text());
  if (!answer) return complain(answer.error());
  if (options.json) return print(json::serialize(*answer) + "\n"), kDone;
  use_configured_zone(options);
  const WallNs now = SystemClock().wall();
  if (const auto* value = answer->if_contains("alarm"); value != nullptr && value->is_object()) {
    const auto alarm = alerts::alarm_from_json(json::serialize(*value));
    if (!alarm) return complain(alarm.error());
    print(line_of(*alarm, Fields(value), now));
    print(fmt::format("pending since {}, firing since {}\n", moment(alarm->pending_since, now),
                      moment(alarm->firing_since, now)));
    if (!alarm->acknowledgement.empty()) print(alarm->acknowledged_by + ": " + alarm->acknowledgement + "\n");
    for (const std::string& sentence : alarm->done) print("Steward did: " + sentence + "\n");
    if (!alarm->runbook.empty()) print("runbook: " + alarm->runbook + "\n");
  }
  print_history(items(*answer, "history"), now);
  return kDone;
}

int run_ack(const Options& options) {
  const auto id = meant(options);
  if (!id) return complain(id.error());
  JsonWriter request;
  request.object().field("command", "alert-ack").field("id", alerts::id_text(*id)).field("by", own_user());
  request.field("comment", options.comment).end();
  if (const auto answer = ask(options, request.text()); !answer) return complain(answer.error());
  print("acknowledged: it is not told again until it is over\n");
  return kDone;
}

int list_silences(const Options& options) {
  const auto answer = ask(options, R"({"command":"alerts"})");
  if (!answer) return complain(answer.error());
  if (options.json) return print(json::serialize(answer->at("silences")) + "\n"), kDone;
  use_configured_zone(options);
  const WallNs now = SystemClock().wall();
  const auto silences = items(*answer, "silences");
  for (const Fields& silence : silences)
    print(fmt::format("{:>4}  until {}  {}  by {}{}\n", silence.integer("number").value_or(0),
                      moment(silence.integer("ends").value_or(0), now), silence.text("matchers"),
                      silence.text("by"),
                      silence.text("comment").empty() ? "" : ": " + silence.text("comment")));
  if (silences.empty()) print("no silences\n");
  return kDone;
}

int end_silence(const Options& options) {
  JsonWriter request;
  request.object()
      .field("command", "alert-unsilence")
      .field("number", options.number)
      .field("by", own_user());
  if (const auto answer = ask(options, request.end().text()); !answer) return complain(answer.error());
  print(fmt::format("silence {} is ended\n", options.number));
  return kDone;
}

int run_silence(const Options& options) {
  if (options.number != 0) return end_silence(options);
  if (options.matchers.empty()) return list_silences(options);
  const auto length =
      parse_duration(options.length.empty() ? kDefaultLength : std::string_view(options.length));
  if (!length) return complain(length.error());
  const WallNs ends = SystemClock().wall() + *length;
  JsonWriter request;
  request.object().field("command", "alert-silence").field("matchers", options.matchers).field("ends", ends);
  request.field("by", own_user()).field("comment", options.comment).end();
  const auto answer = ask(options, request.text());
  if (!answer) return complain(answer.error());
  if (options.json) return print(json::serialize(*answer) + "\n"), kDone;
  use_configured_zone(options);
  const json::value whole(*answer);
  print(fmt::format("silence {} until {}\n", Fields(&whole).integer("number").value_or(0),
                    moment(ends, SystemClock().wall())));
  return kDone;
}

int run_history(const Options& options) {
  JsonWriter request;
  request.object()
      .field("command", "alert-history")
      .field("limit", options.lines < 1 ? 100 : options.lines)
      .end();
  const auto answer = ask(options, request.text());
  if (!answer) return complain(answer.error());
  if (options.json) return print(json::serialize(*answer) + "\n"), kDone;
  use_configured_zone(options);
  print_history(items(*answer, "history"), SystemClock().wall());
  return kDone;
}

/// How often each channel has been tried with success, and without.
struct Tries {
  std::int64_t delivered = 0, failed = 0;
  std::string error;
};
std::map<std::string, Tries> tries_of(const json::object& answer) {
  std::map<std::string, Tries> out;
  for (const Fields& channel : items(answer, "channels"))
    out[channel.text("name")] = {channel.integer("delivered").value_or(0),
                                 channel.integer("failed").value_or(0), channel.text("last_error")};
  return out;
}

int run_send_test(const Options& options) {
  const auto before = ask(options, R"({"command":"alerts"})");
  if (!before) return complain(before.error());
  JsonWriter request;
  request.object()
      .field("command", "alert-test")
      .field("channel", options.channel)
      .field("by", own_user())
      .end();
  const auto sent = ask(options, request.text());
  if (!sent) return complain(sent.error());
  const json::value whole(*sent);
  std::vector<std::string> waiting = Fields(&whole).texts("channels");
  auto first = tries_of(*before);
  bool failed = false;
  const auto look = [&](MonoNs) -> std::optional<int> {
    const auto answer = ask(options, R"({"command":"alerts"})");
    if (!answer) return std::nullopt;
    auto now = tries_of(*answer);
    std::erase_if(waiting, [&](const std::string& name) {
      if (now[name].delivered > first[name].delivered) return print(name + ": delivered\n"), true;
      if (now[name].failed == first[name].failed) return false;
      failed = true;
      return print(fmt::format("{}: {}\n", name, now[name].error)), true;
    });
    return waiting.empty() ? std::optional(failed ? kFailed : kDone) : std::nullopt;
  };
  return wait_until(kTestPatience, look, [&](MonoNs) {
    for (const std::string& name : waiting) print(name + ": no answer yet; it is tried on\n");
    return kFailed;
  });
}

}  // namespace

int run_alerts(const Options& options) {
  return run_list(options);
}

std::vector<Command> alarm_commands() {
  return {
      {"list",
       "commands",
       "the alarms that there are, the worst first",
       "  steward alerts list",
       {Arg::json, Arg::config, Arg::state},
       run_list},
      {"show",
       "commands",
       "one alarm, what was done about it and what happened to it",
       "  steward alerts show daily-loss\n  steward alerts show da7f",
       {Arg::alarm, Arg::json, Arg::config, Arg::state},
       run_show},
      {"ack",
       "commands",
       "say that you have it: it is not told again until it is over",
       "  steward alerts ack daily-loss -m \"on it\"",
       {Arg::alarm, Arg::comment, Arg::config, Arg::state},
       run_ack},
      {"silence",
       "commands",
       "do not tell some alarms for a time; without MATCHERS, list the silences",
       "  steward alerts silence 'bot=\"racing\"' --for 2h -m \"planned work\"\n"
       "  steward alerts silence 'rule=~\"host-.*\",severity!=\"critical\"'\n  steward alerts silence\n"
       "  steward alerts silence --end 3",
       {Arg::matchers, Arg::length, Arg::comment, Arg::end_silence, Arg::json, Arg::config, Arg::state},
       run_silence},
      {"history",
       "commands",
       "what happened to alarms and messages, the newest first",
       "The newest 1,000 entries are at hand; steward.db keeps 90 days.\n\n  steward alerts history -n 20",
       {Arg::lines, Arg::json, Arg::config, Arg::state},
       run_history},
      {"send-test",
       "commands",
       "send a message to see whether a channel works",
       "Waits for the outcome; exit status 1 when it did not arrive.\n\n  steward alerts send-test\n"
       "  steward alerts send-test slack",
       {Arg::channel, Arg::config, Arg::state},
       run_send_test},
  };
}

}  // namespace steward::cli
