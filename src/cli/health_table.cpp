#include "cli/health_table.hpp"

#include <boost/json/parse.hpp>
#include <cmath>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "cli/fields.hpp"
#include "cli/text_table.hpp"
#include "cli/zone.hpp"

namespace steward::cli {

namespace {

using Row = std::vector<Cell>;

Cell known(const std::optional<double>& value, auto&& text) {
  return value ? Cell{text(*value)} : Cell{"-", kDim};
}
std::string percent(double value) {
  return fmt::format("{:.1f} %", value);
}
std::string bytes(double value) {
  return (value < 0 ? "-" : "") + format_bytes(std::llround(std::abs(value)));
}
std::string duration(double seconds) {
  const bool past = seconds < 0;
  return (past ? "-" : "") + format_duration(std::llround(std::abs(seconds) * static_cast<double>(kSecond)));
}

std::string pressure_text(const Fields& pressure) {
  std::string out;
  for (const char* resource : {"cpu", "memory", "io"}) {
    const auto some = Fields(pressure.at(resource)).number("some");
    if (some) out += fmt::format("{}{} {:.1f} %", out.empty() ? "" : ", ", resource, *some * 100);
  }
  return out.empty() ? "the kernel does not say" : "some tasks waited: " + out + " of the last 10 s";
}

std::string clock_text(const Fields& clock) {
  const auto offset = clock.number("offset_seconds");
  std::string out = clock.truth("synchronized", false) ? "synchronized" : "not synchronized";
  if (offset) out += fmt::format(", {} off ({})", duration(std::abs(*offset)), one_line(clock.text("by")));
  if (const std::string error = one_line(clock.text("error")); !error.empty()) out += "; " + error;
  return out;
}

std::string host_lines(const Fields& report) {
  std::string out;
  const auto line = [&](std::string_view name, const std::string& text) {
    out += fmt::format("{:<9} {}\n", name, text);
  };
  const auto number = [&](std::string_view key) { return report.number(key).value_or(0); };
  const auto minute = report.number("cpu_percent_minute");
  line("CPU",
       fmt::format("{} in use{}, {:.3g} CPUs", percent(number("cpu_percent")),
                   minute ? fmt::format(", {} over the last minute", percent(*minute)) : "", number("cpus")));
  std::string loads;
  for (const double load : report.numbers("load_average")) loads += fmt::format("{:.2f} ", load);
  line("load", loads + "over 1, 5, 15 minutes");
  line("memory",
       fmt::format("{} of {} used", percent(number("memory_percent")), bytes(number("memory_total_bytes"))));
  line("swap", number("swap_total_bytes") > 0 ? fmt::format("{} of {} used", percent(number("swap_percent")),
                                                            bytes(number("swap_total_bytes")))
                                              : "none");
  line("pressure", pressure_text(Fields(report.at("pressure"))));
  if (report.number("max_fds"))
    line("files", fmt::format("{:.0f} of {:.0f} open", number("open_fds"), number("max_fds")));
  line("clock", clock_text(Fields(report.at("clock"))));
  return out;
}

std::string disks_table(const Fields& report, bool colour) {
  std::vector<Row> rows;
  for (const Fields& disk : report.objects("disks"))
    rows.push_back({Cell{one_line(disk.text("mountpoint")), kBold}, known(disk.number("size_bytes"), bytes),
                    known(disk.number("available_bytes"), bytes), known(disk.number("used_percent"), percent),
                    known(disk.number("inodes_percent"), percent),
                    known(disk.number("full_in_seconds"), duration)});
  if (rows.empty()) return {};
  return "\n" +
         text_table(
             {{"DISK"}, {"SIZE", true}, {"FREE", true}, {"USED", true}, {"INODES", true}, {"FULL IN", true}},
             rows, colour);
}

std::string endpoints_table(const Fields& report, bool colour) {
  std::vector<Row> rows;
  for (const Fields& endpoint : report.objects("endpoints")) {
    const auto* up = endpoint.at("up");
    const bool asked = up != nullptr && up->is_bool();
    const bool good = endpoint.truth("up", false);
    rows.push_back({Cell{one_line(endpoint.text("name")), kBold},
                    asked ? Cell{good ? "up" : "down", good ? kGreen : kRed} : Cell{"not asked yet", kDim},
                    known(endpoint.number("latency_seconds"), duration),
                    known(endpoint.number("tls_expiry_seconds"), duration)});
  }
  if (rows.empty()) return {};
  return "\n" + text_table({{"ENDPOINT"}, {"STATE"}, {"LATENCY", true}, {"CERTIFICATE EXPIRES IN", true}},
                           rows, colour);
}

std::string bots_table(const Fields& report, bool colour) {
  std::vector<Row> rows;
  for (const Fields& bot : report.objects("bots"))
    rows.push_back({Cell{bot.text("name"), kBold}, Cell{bot.text("state")},
                    known(bot.number("memory_bytes"), bytes), known(bot.number("cpu_percent"), percent),
                    known(bot.number("memory_growth_bytes_per_hour"), bytes)});
  if (rows.empty()) return {};
  return "\n" + text_table({{"BOT"}, {"STATE"}, {"MEMORY", true}, {"CPU", true}, {"GROWTH AN HOUR", true}},
                           rows, colour);
}

}  // namespace

Result<std::string> health_table(std::string_view text, bool colour) {
  boost::json::error_code error;
  const auto value = boost::json::parse(boost::json::string_view(text.data(), text.size()), error);
  const Fields report(error ? nullptr : &value);
  const auto now = report.integer("now");
  if (!now) return fail(Code::corrupt, "the agent's health report is not to be read");
  const std::string status = report.text("status");
  std::string out =
      paint(status, status == "ok" ? kGreen : kYellow, colour) + "  " + local_clock(*now) + "\n";
  if (report.text("from") != "agent")
    out += "the agent does not answer: looked at by this command itself, without trends\n";
  out += "\n" + host_lines(report) + disks_table(report, colour) + endpoints_table(report, colour) +
         bots_table(report, colour);
  std::string warnings;
  for (const Fields& check : report.objects("checks")) {
    if (check.text("status") == "warning") warnings += "warning: " + one_line(check.text("text")) + "\n";
  }
  return warnings.empty() ? out : out + "\n" + warnings;
}

}  // namespace steward::cli
