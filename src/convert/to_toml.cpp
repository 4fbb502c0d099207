#include "convert/to_toml.hpp"

#include <algorithm>

#include "base/json_writer.hpp"
#include "base/units.hpp"

namespace steward::convert {

namespace {

std::string toml_array(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) {
    if (out.size() > 1) out += ", ";
    out += toml_text(text);
  }
  return out + "]";
}

std::string bytes_setting(std::int64_t bytes) {
  constexpr std::pair<int, std::string_view> kUnits[] = {{30, "GiB"}, {20, "MiB"}, {10, "KiB"}};
  for (const auto& [shift, name] : kUnits) {
    if (bytes > 0 && bytes % (1LL << shift) == 0) return fmt::format("\"{}{}\"", bytes >> shift, name);
  }
  return fmt::format("\"{}B\"", bytes);
}

std::string duration_text(std::int64_t ns) {
  return "\"" + duration_setting(ns) + "\"";
}

std::string_view restart_name(keeper::Restart restart) {
  if (restart == keeper::Restart::never) return "\"never\"";
  return restart == keeper::Restart::on_failure ? "\"on-failure\"" : "\"always\"";
}

/// A remark on one line: no control character of a foreign file ends the comment.
std::string comment(std::string_view begin, std::string_view text) {
  std::string out = "# " + std::string(begin);
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return out + "\n";
}

std::string comments(const std::vector<Remark>& remarks, bool lost, std::string_view title) {
  std::string out;
  for (const Remark& remark : remarks) {
    if (remark.lost == lost) out += comment("  ", remark.where + ": " + remark.text);
  }
  return out.empty() ? out : comment("", title) + out;
}

std::string remarks_of(const std::vector<Remark>& remarks) {
  return comments(remarks, true, "Without equivalent:") + comments(remarks, false, "Done otherwise:");
}

/// Writes `key = value` lines for what differs from the defaults.
class Writer {
 public:
  explicit Writer(const config::Bot& bot) : bot_(bot), spec_(bot.spec) {}

  std::string text() {
    out_ = "[[bot]]\n";
    add("name", toml_text(spec_.name));
    add("command", toml_array(spec_.args));
    add("working_dir", toml_text(spec_.working_dir));
    if (!bot_.user.empty()) add("user", toml_text(bot_.user));
    if (!spec_.env_file.empty()) add("env_file", toml_text(spec_.env_file));
    environment();
    if (!spec_.after.empty()) add("after", toml_array(spec_.after));
    restarts();
    limits();
    if (spec_.gate) add("gate", "true");
    if (!bot_.scrape.empty()) add("scrape", toml_text(bot_.scrape));
    return std::move(out_);
  }

 private:
  void add(std::string_view key, std::string_view value) { out_ += fmt::format("{} = {}\n", key, value); }
  void duration(std::string_view key, std::int64_t value, std::int64_t usual) {
    if (value != usual) add(key, duration_text(value));
  }

  void environment() {
    std::string table;
    for (const auto& [name, value] : spec_.env)
      table += fmt::format("{}{} = {}", table.empty() ? "" : ", ", name, toml_text(value));
    if (!table.empty()) add("environment", "{ " + table + " }");
  }

  void restarts() {
    const keeper::BotSpec usual;
    if (spec_.restart != usual.restart) add("restart", restart_name(spec_.restart));
    duration("restart_delay", spec_.restart_delay, usual.restart_delay);
    duration("restart_delay_max", spec_.restart_delay_max,
             std::max(spec_.restart_delay, usual.restart_delay_max));
    if (spec_.budget_count != usual.budget_count || spec_.budget_window != usual.budget_window) {
      add("budget", fmt::format("{{ restarts = {}, window = {} }}", spec_.budget_count,
                                duration_text(spec_.budget_window)));
    }
  }

  void limits() {
    const keeper::BotSpec usual;
    duration("stop_timeout", spec_.stop_timeout, usual.stop_timeout);
    duration("start_timeout", spec_.start_timeout, usual.start_timeout);
    duration("watchdog", spec_.watchdog, usual.watchdog);
    if (spec_.memory_max != usual.memory_max) add("memory_max", bytes_setting(spec_.memory_max));
    if (spec_.files_max != usual.files_max) add("files_max", std::to_string(spec_.files_max));
    if (spec_.log_max != usual.log_max || spec_.log_files != usual.log_files)
      add("log", fmt::format("{{ max = {}, files = {} }}", bytes_setting(spec_.log_max), spec_.log_files));
  }

  const config::Bot& bot_;
  const keeper::BotSpec& spec_;
  std::string out_;
};

}  // namespace

std::string toml_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);  // JSON's escapes are TOML's too
  return out;
}

std::string to_toml(const ForeignBot& bot) {
  return comment("from ", bot.origin) + Writer(bot.bot).text() + remarks_of(bot.remarks);
}

std::string to_toml(const Converted& converted) {
  std::string out;
  for (const ForeignBot& bot : converted.bots) out += to_toml(bot) + "\n";
  const std::string rest = remarks_of(converted.remarks);
  return rest.empty() ? out : out + comment("", "What became no bot:") + rest;
}

}  // namespace steward::convert
