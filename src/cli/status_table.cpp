#include "cli/status_table.hpp"

#include <algorithm>

#include "base/units.hpp"
#include "cli/text_table.hpp"
#include "cli/zone.hpp"

namespace steward::cli {

namespace {

const std::vector<Column> kColumns{
    {"BOT", false},   {"STATE", false}, {"UPTIME", true}, {"RESTARTS", true},  {"LAST EXIT", false},
    {"MEMORY", true}, {"CPU", true},    {"ORDERS", true}, {"P&L TODAY", true}, {"JOURNAL", true}};
using Row = std::vector<Cell>;

std::string_view colour_of_state(std::string_view state) {
  if (state == "ready") return kGreen;
  if (state == "struggling") return kRed;
  return state == "stopped" ? kDim : kYellow;
}

std::string_view colour_of_health(std::string_view health) {
  return health == "healthy" ? kGreen : health == "degraded" ? kYellow : kRed;
}

Cell money_cell(const std::optional<Pence>& amount, const std::string& currency) {
  if (!amount) return {"-", kDim};
  return {format_money(*amount, currency), *amount < 0 ? kRed : *amount > 0 ? kGreen : ""};
}

Row row_of(const BotStatus& bot, const StatusReport& report) {
  const auto known = [](bool is_known, std::string text) {
    return is_known ? Cell{std::move(text), ""} : Cell{"-", kDim};
  };
  const WallNs born = bot.started_at.value_or(bot.since);
  std::string exit = one_line(bot.exit_text);
  if (bot.exit_at && !exit.empty()) exit += ", " + local_moment(*bot.exit_at, report.now);
  return {
      Cell{bot.name, kBold},
      Cell{bot.state + (bot.staged ? " *" : ""), colour_of_state(bot.state)},
      known(bot.pid.has_value() && born > 0, format_duration(std::max<std::int64_t>(0, report.now - born))),
      Cell{fmt::format("{}", bot.restarts), ""},
      known(!exit.empty(), exit),
      known(bot.memory_bytes.has_value(), format_bytes(bot.memory_bytes.value_or(0))),
      known(bot.cpu_percent.has_value(), fmt::format("{:.1f} %", bot.cpu_percent.value_or(0))),
      known(bot.orders.has_value(), fmt::format("{}", bot.orders.value_or(0))),
      money_cell(bot.daily_pnl, bot.currency.empty() ? report.currency : bot.currency),
      known(bot.journal_age_ns.has_value(), format_duration(bot.journal_age_ns.value_or(0)))};
}

std::string headline(const StatusReport& report, bool colour) {
  std::string out;
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : "  ") + part; };
  if (!report.health.empty()) add(paint(report.health, colour_of_health(report.health), colour));
  add(local_clock(report.now));
  if (!report.dashboard_address.empty()) add("dashboard " + report.dashboard_address);
  if (!report.metrics_address.empty()) add("metrics " + report.metrics_address);
  return out + "\n";
}

/// "2 alarms firing: daily-loss: …; …"
std::string alarms_line(const StatusReport& report, bool colour) {
  if (report.firing_alarms == 0) return {};
  std::string line =
      paint(fmt::format("{} {} firing", report.firing_alarms, report.firing_alarms == 1 ? "alarm" : "alarms"),
            kRed, colour);
  std::string_view before = ": ";
  for (const std::string& alarm : report.worst_alarms)
    line += std::string(std::exchange(before, "; ")) + one_line(alarm);
  const auto shown = static_cast<std::int64_t>(report.worst_alarms.size());
  if (report.firing_alarms > shown) line += "; …";
  return line + "  (steward alerts)\n";
}

void add_bot_remarks(const BotStatus& bot, const StatusReport& report, std::vector<std::string>& out) {
  const std::string why = bot.reason.empty() ? "" : ": " + one_line(bot.reason);
  if (bot.next_start) {
    const std::int64_t left = *bot.next_start - report.now;
    const std::string when = left > 0 ? "starts again in " + format_duration(left) : "starts again now";
    const bool spent = bot.state == "struggling";
    out.push_back(
        fmt::format("{}: {}{}{}", bot.name, spent ? "more restarts than its budget; " : "", when, why));
  } else if (bot.state != "ready" && !why.empty()) {
    out.push_back(bot.name + why);
  }
  if (!bot.gate_open) {
    const std::string reason = bot.gate_reason.empty() ? "" : " (" + one_line(bot.gate_reason) + ")";
    out.push_back(
        fmt::format("{}: the gate is closed{}; `steward resume {}` opens it", bot.name, reason, bot.name));
  }
  if (bot.staged) {
    out.push_back(
        fmt::format("{} *: its new definition waits for the next start; `steward restart {}` takes it now",
                    bot.name, bot.name));
  }
  if (!bot.status_text.empty())
    out.push_back(fmt::format("{} says: {}", bot.name, one_line(bot.status_text)));
}

/// "well", or what is not.
Cell backup_state(const BackupStatus& backup) {
  if (backup.running) return {"running", ""};
  if (backup.drilling) return {"drill running", ""};
  if (backup.failures > 0) return {fmt::format("failed {}x", backup.failures), kRed};
  if (backup.drill_failures > 0) return {fmt::format("drill failed {}x", backup.drill_failures), kRed};
  if (backup.overdue_ns.value_or(0) > 0) return {"overdue " + format_duration(*backup.overdue_ns), kYellow};
  return backup.made ? Cell{"well", kGreen} : Cell{"none yet", kYellow};
}

std::string backup_table(const StatusReport& report, bool colour) {
  if (report.backups.empty()) return {};
  const std::vector<Column> columns{{"BACKUP"}, {"STATE"}, {"NEWEST"}, {"SIZE", true}, {"PROVED"}, {"NEXT"}};
  std::vector<Row> rows;
  for (const BackupStatus& backup : report.backups) {
    const auto moment = [&](const std::optional<WallNs>& at, const char* none) {
      return at ? Cell{local_moment(*at, report.now)} : Cell{none, kDim};
    };
    rows.push_back({{backup.name, kBold},
                    backup_state(backup),
                    moment(backup.made, "-"),
                    backup.bytes ? Cell{format_bytes(*backup.bytes)} : Cell{"-", kDim},
                    moment(backup.proved, "never"),
                    moment(backup.next, "by hand")});
  }
  return "\n" + text_table(columns, rows, colour);
}

std::vector<std::string> remarks(const StatusReport& report) {
  std::vector<std::string> out;
  for (const std::string& reason : report.health_reasons)
    out.push_back(report.health + ": " + one_line(reason));
  for (const std::string& notice : report.notices) out.push_back(one_line(notice));
  if (!report.config_error.empty()) {
    out.push_back("the configuration was not loaded: " + one_line(report.config_error));
  } else if (report.config_changed) {
    out.push_back(
        fmt::format("{} has changed and is not loaded; `steward reload` loads it", report.config_path));
  }
  for (const BotStatus& bot : report.bots) add_bot_remarks(bot, report, out);
  for (const BackupStatus& backup : report.backups) {
    if (!backup.error.empty()) out.push_back("backup " + backup.name + ": " + one_line(backup.error));
  }
  return out;
}

}  // namespace

std::string status_table(const StatusReport& report, bool colour) {
  std::string out = headline(report, colour) + alarms_line(report, colour) + '\n';
  std::vector<Row> rows;
  for (const BotStatus& bot : report.bots) rows.push_back(row_of(bot, report));
  out += report.bots.empty() ? "no bots; add a [[bot]] to the configuration and `steward reload`\n"
                             : text_table(kColumns, rows, colour);
  out += backup_table(report, colour);
  const auto notes = remarks(report);
  if (!notes.empty()) out += '\n';
  for (const std::string& note : notes) out += note + '\n';
  return out;
}

}  // namespace steward::cli
