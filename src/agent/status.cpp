#include "agent/status.hpp"

#include <unistd.h>

#include <ranges>

#include "backup/jobs/job_view.hpp"
#include "base/json_writer.hpp"
#include "base/version.hpp"
#include "dashboard/model_view.hpp"

namespace steward::agent {

namespace {

void text_or_null(JsonWriter& json, std::string_view key, const std::string& text) {
  text.empty() ? json.key(key).null() : json.field(key, text);
}

template <class Number>
void number_or_null(JsonWriter& json, std::string_view key, Number number, bool known) {
  known ? json.field(key, number) : json.key(key).null();
}

void add_texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.array(key);
  for (const auto& text : texts) json.value(text);
  json.end();
}

void add_last_exit(JsonWriter& json, const state::LastExit& exit) {
  if (exit.at == 0) {
    json.key("last_exit").null();
    return;
  }
  json.object("last_exit").field("at", exit.at).field("text", dashboard::exit_text(exit));
  json.field("uptime_ns", exit.uptime_ns).end();
}

void add_log(JsonWriter& json, const logs::Tally& log) {
  json.object("log").field("errors", log.errors());
  number_or_null(json, "last_error_at", log.last_error_at, log.last_error_at > 0);
  text_or_null(json, "last_error", log.last_error);
  json.end();
}

void add_alarms(JsonWriter& json, const dashboard::Overview& overview) {
  constexpr std::size_t kShown = 3;
  json.object("alarms").field("firing", overview.firing_alarms).array("worst");
  for (const dashboard::AlarmShown& shown : overview.alarms | std::views::take(kShown))
    json.value(shown.alarm.rule + ": " + shown.alarm.summary);
  json.end().end();
}

void add_bot(JsonWriter& json, const dashboard::BotView& view, WallNs now) {
  const state::Bot& bot = view.bot;
  const bool runs = bot.pid > 0;
  json.object().field("name", bot.name).field("state", bot.state).field("state_reason", bot.state_reason);
  json.field("since", bot.state_since);
  number_or_null(json, "next_start", bot.next_start, bot.next_start > 0);
  number_or_null(json, "pid", bot.pid, runs);
  text_or_null(json, "run", runs ? bot.run : "");
  number_or_null(json, "started_at", bot.started_at, runs);
  json.field("restarts", bot.restarts);
  add_last_exit(json, bot.last_exit);
  number_or_null(json, "memory_bytes", view.memory_bytes, view.memory_bytes >= 0);
  number_or_null(json, "cpu_percent", view.cpu_percent, view.cpu_percent >= 0);
  add_log(json, view.log);
  json.field("orders", view.orders);
  json.raw_field("daily_pnl", format_hundredths(view.daily_pnl));
  json.raw_field("unrealized", format_hundredths(view.unrealized));
  json.field("currency", view.currency);
  number_or_null(json, "journal_age_ns", now - bot.last_event, bot.last_event > 0);
  json.object("gate").field("open", bot.gate_open).field("reason", bot.gate_reason);
  json.field("epoch", bot.gate_epoch).end();
  json.field("staged", bot.staged);
  text_or_null(json, "status_text", bot.status_text);
  json.end();
}

}  // namespace

std::string status_json(const dashboard::Overview& overview, const StatusInputs& inputs) {
  const config::Settings& settings = inputs.configuration.settings();
  const dashboard::Verdict verdict = dashboard::judge(overview.health);
  const bool keeper = overview.health.keeper_reachable;
  JsonWriter json;
  json.object().field("ok", true).field("now", overview.now);
  json.field("timezone", settings.timezone).field("currency", settings.currency);
  json.object("agent").field("pid", ::getpid()).field("uptime_ns", inputs.agent_uptime_ns);
  json.field("version", kVersion).end();
  json.object("keeper").field("reachable", keeper);
  number_or_null(json, "pid", inputs.keeper_pid, keeper);
  number_or_null(json, "uptime_ns", overview.uptime_ns, keeper);
  text_or_null(json, "version", keeper ? inputs.keeper_version : "");
  json.end();
  json.object("config").field("path", settings.file);
  json.field("changed_not_loaded", inputs.configuration.changed_not_loaded());
  text_or_null(json, "error", inputs.configuration.last_error());
  json.end();
  json.object("health").field("status", dashboard::health_name(verdict.health));
  add_texts(json, "reasons", verdict.reasons);
  json.end();
  add_alarms(json, overview);
  json.object("addresses");
  text_or_null(json, "metrics", inputs.metrics_url);
  text_or_null(json, "dashboard", inputs.dashboard_url);
  json.end();
  add_texts(json, "notices", inputs.notices);
  json.array("bots");
  for (const auto& bot : overview.bots) add_bot(json, bot, overview.now);
  backup::write_views(json.end(), overview.backups, overview.now, backup::TimeStyle::ns);
  return json.end().take();
}

std::string reload_json(const config::Installed& installed) {
  std::vector<std::string> warnings;
  for (const config::Problem& warning : installed.warnings) warnings.push_back(warning.sentence());
  JsonWriter json;
  json.object().field("ok", true);
  add_texts(json, "added", installed.added);
  add_texts(json, "removed", installed.removed);
  add_texts(json, "changed", installed.changed);
  json.field("unchanged", installed.unchanged);
  add_texts(json, "warnings", warnings);
  return json.end().take();
}

}  // namespace steward::agent
