#include "cli/status_report.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>
#include <cmath>

#include "base/json_writer.hpp"
#include "cli/fields.hpp"

namespace steward::cli {

namespace {

namespace json = boost::json;

BotStatus bot_of(const Fields& fields) {
  BotStatus bot;
  bot.name = fields.text("name");
  bot.state = fields.text("state");
  bot.reason = fields.text("state_reason");
  bot.run = fields.text("run");
  bot.status_text = fields.text("status_text");
  bot.since = fields.integer("since").value_or(0);
  bot.next_start = fields.integer("next_start");
  bot.started_at = fields.integer("started_at");
  bot.pid = fields.integer("pid");
  bot.restarts = fields.integer("restarts").value_or(0);
  const Fields last(fields.at("last_exit"));
  bot.exit_at = last.integer("at");
  bot.exit_text = last.text("text");
  bot.memory_bytes = fields.integer("memory_bytes");
  bot.cpu_percent = fields.number("cpu_percent");
  bot.orders = fields.integer("orders");
  bot.journal_age_ns = fields.integer("journal_age_ns");
  bot.daily_pnl = fields.money("daily_pnl");
  bot.unrealized = fields.money("unrealized");
  bot.currency = fields.text("currency");
  const Fields gate(fields.at("gate"));
  bot.gate_open = gate.truth("open", true);
  bot.gate_reason = gate.text("reason");
  bot.staged = fields.truth("staged", false);
  return bot;
}

BackupStatus backup_of(const Fields& fields) {
  BackupStatus backup;
  backup.name = fields.text("name");
  backup.running = fields.truth("running", false);
  backup.drilling = fields.truth("drilling", false);
  backup.failures = fields.integer("failures").value_or(0);
  backup.drill_failures = fields.integer("drill_failures").value_or(0);
  backup.error = Fields(fields.at("last")).text("error");
  if (backup.error.empty()) backup.error = Fields(fields.at("last_drill")).text("error");
  backup.next = fields.integer("next");
  const Fields newest(fields.at("newest"));
  backup.made = newest.integer("started");
  backup.bytes = newest.integer("bytes");
  backup.proved = Fields(fields.at("proved")).integer("started");
  backup.overdue_ns = fields.integer("overdue_ns");
  return backup;
}

/// KEY VALUE pairs of one line of the keeper, from word `first` on.
class Pairs {
 public:
  Pairs(const keeper::Client::Words& words, std::size_t first) : words_(words), first_(first) {}

  std::string text(std::string_view key) const {
    for (std::size_t i = first_; i + 1 < words_.size(); i += 2) {
      if (words_[i] == key) return words_[i + 1];
    }
    return {};
  }
  std::optional<std::int64_t> integer(std::string_view key) const {
    const std::string digits = text(key);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  }
  /// An integer of which 0 means "none".
  std::optional<std::int64_t> positive(std::string_view key) const {
    const auto value = integer(key);
    return value && *value > 0 ? value : std::nullopt;
  }

 private:
  const keeper::Client::Words& words_;
  std::size_t first_;
};

BotStatus bot_of(const std::string& name, const Pairs& pairs) {
  BotStatus bot;
  bot.name = name;
  bot.state = pairs.text("state");
  bot.reason = pairs.text("reason");
  bot.run = pairs.text("run");
  bot.status_text = pairs.text("status");
  bot.since = pairs.integer("since_ns").value_or(0);
  bot.next_start = pairs.positive("next_start");
  bot.pid = pairs.positive("pid");
  bot.restarts = pairs.integer("restarts").value_or(0);
  bot.exit_text = pairs.text("exit");
  bot.gate_open = pairs.text("gate") != "closed";
  bot.gate_reason = pairs.text("gate_reason");
  bot.staged = pairs.text("staged") == "1";
  return bot;
}

template <class T>
void known(JsonWriter& out, std::string_view key, const std::optional<T>& value) {
  value ? out.field(key, *value) : out.key(key).null();
}

void money(JsonWriter& out, std::string_view key, const std::optional<Pence>& value) {
  value ? out.raw_field(key, format_hundredths(*value)) : out.key(key).null();
}

void text(JsonWriter& out, std::string_view key, const std::string& value) {
  value.empty() ? out.key(key).null() : out.field(key, value);
}

void write_bot(JsonWriter& out, const BotStatus& bot) {
  out.object()
      .field("name", bot.name)
      .field("state", bot.state)
      .field("state_reason", bot.reason)
      .field("since", bot.since);
  known(out, "next_start", bot.next_start);
  known(out, "pid", bot.pid);
  text(out, "run", bot.run);
  known(out, "started_at", bot.started_at);
  out.field("restarts", bot.restarts);
  if (bot.exit_text.empty()) {
    out.key("last_exit").null();
  } else {
    out.object("last_exit");
    known(out, "at", bot.exit_at);
    out.field("text", bot.exit_text).end();
  }
  known(out, "memory_bytes", bot.memory_bytes);
  known(out, "cpu_percent", bot.cpu_percent);
  known(out, "orders", bot.orders);
  money(out, "daily_pnl", bot.daily_pnl);
  money(out, "unrealized", bot.unrealized);
  text(out, "currency", bot.currency);
  known(out, "journal_age_ns", bot.journal_age_ns);
  out.object("gate").field("open", bot.gate_open).field("reason", bot.gate_reason).end();
  out.field("staged", bot.staged);
  text(out, "status_text", bot.status_text);
  out.end();
}

void write_texts(JsonWriter& out, std::string_view key, const std::vector<std::string>& texts) {
  out.array(key);
  for (const std::string& item : texts) out.value(item);
  out.end();
}

}  // namespace

const BotStatus* StatusReport::find(std::string_view name) const {
  const auto found = std::ranges::find(bots, name, &BotStatus::name);
  return found == bots.end() ? nullptr : &*found;
}

Result<StatusReport> status_of_agent(std::string_view text) {
  json::error_code error;
  const json::value answer = json::parse(json::string_view(text.data(), text.size()), error);
  const json::object* object = error ? nullptr : answer.if_object();
  const json::value* bots = object == nullptr ? nullptr : object->if_contains("bots");
  if (bots == nullptr || !bots->is_array())
    return fail(Code::corrupt, "the agent's status is not to be read");
  const Fields fields(&answer);
  StatusReport report;
  report.from_agent = true;
  report.now = fields.integer("now").value_or(0);
  report.timezone = fields.text("timezone");
  report.currency = fields.text("currency");
  const Fields config(fields.at("config"));
  report.config_path = config.text("path");
  report.config_error = config.text("error");
  report.config_changed = config.truth("changed_not_loaded", false);
  const Fields health(fields.at("health"));
  report.health = health.text("status");
  report.health_reasons = health.texts("reasons");
  const Fields addresses(fields.at("addresses"));
  report.metrics_address = addresses.text("metrics");
  report.dashboard_address = addresses.text("dashboard");
  report.notices = fields.texts("notices");
  const Fields alarms(fields.at("alarms"));
  report.firing_alarms = alarms.integer("firing").value_or(0);
  report.worst_alarms = alarms.texts("worst");
  for (const json::value& bot : bots->get_array()) report.bots.push_back(bot_of(Fields(&bot)));
  for (const Fields& backup : fields.objects("backups")) report.backups.push_back(backup_of(backup));
  return report;
}

Result<StatusReport> status_of_keeper(const std::vector<keeper::Client::Words>& lines, WallNs now) {
  StatusReport report;
  report.now = now;
  for (const auto& words : lines) {
    if (words.size() < 2 || words[0] != "bot" || words[1] == "agent") continue;
    report.bots.push_back(bot_of(words[1], Pairs(words, 2)));
  }
  return report;
}

std::string to_json(const StatusReport& report) {
  JsonWriter out;
  out.object().field("ok", true).field("now", report.now);
  text(out, "timezone", report.timezone);
  text(out, "currency", report.currency);
  out.key("agent").null();
  out.object("config");
  text(out, "path", report.config_path);
  out.field("changed_not_loaded", report.config_changed);
  text(out, "error", report.config_error);
  out.end();
  out.object("health");
  text(out, "status", report.health);
  write_texts(out, "reasons", report.health_reasons);
  out.end().object("addresses");
  text(out, "metrics", report.metrics_address);
  text(out, "dashboard", report.dashboard_address);
  out.end();
  write_texts(out, "notices", report.notices);
  out.array("bots");
  for (const BotStatus& bot : report.bots) write_bot(out, bot);
  out.end().key("backups").null();  // the agent alone knows; `steward backup status` reads their files
  return out.end().take() + '\n';
}

}  // namespace steward::cli
