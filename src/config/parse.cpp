// The schema: which keys there are, of what kind, in what range.
#include <algorithm>
#include <iterator>

#include "base/utf8.hpp"
#include "config/backups.hpp"
#include "config/endpoint.hpp"
#include "config/health.hpp"
#include "config/order.hpp"
#include "config/settings.hpp"
#include "config/table_reader.hpp"

namespace steward::config {

namespace {

struct RestartName {
  std::string_view name;
  keeper::Restart restart;
};
constexpr RestartName kRestarts[] = {{"always", keeper::Restart::always},
                                     {"on-failure", keeper::Restart::on_failure},
                                     {"never", keeper::Restart::never}};

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && name.size() <= 255 && letter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool is_stewards_own(std::string_view name) {
  return name.starts_with("STEWARD_") || name == "NOTIFY_SOCKET" || name == "WATCHDOG_USEC" ||
         name == "WATCHDOG_PID";
}

void read_listener(TableReader& root, std::string_view section, Listener& out, Reading& reading) {
  int line = 0;
  TableReader table = root.table(section, line);
  out.line = table.text("listen", out.listen);
  const int public_line = table.truth("read_only_public", out.read_only_public);
  if (out.line == 0) out.line = public_line;
  const std::string fault = listen_fault(out.listen, out.read_only_public, section);
  if (!fault.empty()) reading.problem(out.line, "{}", fault);
  table.finish();
}

void read_steward(TableReader& root, Settings& out, Reading& reading) {
  int line = 0;
  TableReader table = root.table("steward", line);
  table.path("state", out.state);
  out.timezone_line = table.text("timezone", out.timezone);
  std::string currency = out.currency;
  line = table.text("currency", currency);
  const bool three_letters =
      currency.size() == 3 && std::ranges::all_of(currency, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (three_letters) {
    out.currency = currency;
  } else {
    reading.problem(
        line, "currency must be three capital letters (ISO 4217), such as \"GBP\" or \"EUR\", found \"{}\"",
        currency);
  }
  table.finish();
}

void read_budget(TableReader& bot_table, Bot& bot, Reading& reading) {
  int line = 0;
  TableReader budget = bot_table.table("budget", line);
  const auto before = reading.problems.size();
  const int restarts = budget.integer("restarts", bot.spec.budget_count, 1, 10'000);
  const int window = budget.duration("window", bot.spec.budget_window, kSecond);
  const bool complete = restarts > 0 && window > 0;
  if (line > 0 && !complete && reading.problems.size() == before) {
    reading.problem(line, "budget needs both keys: budget = {{restarts = 5, window = \"10m\"}}");
  }
  budget.finish();
}

void read_environment(TableReader& bot_table, Bot& bot, Reading& reading) {
  const Member* member = bot_table.any("environment");
  if (member == nullptr) return;
  const auto* table = std::get_if<Node::Table>(&member->node.value);
  if (table == nullptr) {
    return reading.problem(member->line,
                           "environment must be a table, such as {{LOG_LEVEL = \"info\"}}, found {}",
                           member->node.description());
  }
  for (const Member& variable : *table) {
    const auto* text = std::get_if<std::string>(&variable.node.value);
    if (const std::string fault = variable_fault(variable.key); !fault.empty()) {
      reading.problem(variable.line, "{}", fault);
    } else if (text == nullptr || text->find('\0') != std::string::npos) {
      reading.problem(variable.line, "{} must be a text in quotes, such as {} = \"8080\", found {}",
                      variable.key, variable.key,
                      text == nullptr ? variable.node.description() : "a NUL character in it");
    } else {
      bot.spec.env.emplace_back(variable.key, *text);
    }
  }
}

void read_restart(TableReader& table, Bot& bot, Reading& reading) {
  std::string restart;
  if (const int line = table.text("restart", restart); line > 0) {
    const auto found = std::ranges::find(kRestarts, restart, &RestartName::name);
    if (found == std::end(kRestarts)) {
      reading.problem(line, "restart must be \"always\", \"on-failure\" or \"never\", found \"{}\"", restart);
    } else {
      bot.spec.restart = found->restart;
    }
  }
  table.duration("restart_delay", bot.spec.restart_delay, 0);
  if (const int line = table.duration("restart_delay_max", bot.spec.restart_delay_max, 0); line == 0) {
    bot.spec.restart_delay_max = std::max(bot.spec.restart_delay, bot.spec.restart_delay_max);
  } else if (bot.spec.restart_delay_max < bot.spec.restart_delay) {
    reading.problem(line, "restart_delay_max must not be less than restart_delay");
  }
  read_budget(table, bot, reading);
}

void read_limits(TableReader& table, Bot& bot) {
  table.duration("stop_timeout", bot.spec.stop_timeout, 0);
  table.duration("start_timeout", bot.spec.start_timeout, 0);
  table.duration("watchdog", bot.spec.watchdog, 0);
  table.bytes("memory_max", bot.spec.memory_max, 0);
  table.integer("files_max", bot.spec.files_max, 0, 1'048'576);
  int line = 0;
  TableReader log = table.table("log", line);
  log.bytes("max", bot.spec.log_max, 4096);
  log.integer("files", bot.spec.log_files, 0, 1000);
  log.finish();
}

void read_command(TableReader& table, Bot& bot, int line, Reading& reading) {
  const Member* member = table.any("command");
  if (member == nullptr) {
    reading.problem(line, "this bot has no command; add one, such as command = [\"python3\", \"main.py\"]");
    return;
  }
  if (const auto* text = std::get_if<std::string>(&member->node.value)) {
    reading.problem(
        member->line,
        "command must be an array, one text for each argument, such as [\"python3\", \"main.py\"] (no shell "
        "reads it), found \"{}\"",
        text->substr(0, 60));
    return;
  }
  bot.command_line = table.texts("command", bot.spec.args);
  if (bot.command_line == 0) return;
  if (bot.spec.args.empty() || bot.spec.args[0].empty()) {
    reading.problem(member->line, "command must name a program, such as [\"python3\", \"main.py\"]");
  } else if (bot.spec.args.size() > keeper::kMostWordsOfBot) {
    reading.problem(member->line, "command has more than {} arguments", keeper::kMostWordsOfBot);
  }
}

Bot read_bot(const Node::Table* members, int line, Reading& reading) {
  Bot bot;
  bot.line = line;
  TableReader unnamed(members, "[[bot]]", "bot", reading);
  const int name_line = unnamed.text("name", bot.spec.name);
  TableReader table(members, bot.spec.name.empty() ? "[[bot]]" : "[[bot]] " + bot.spec.name, "bot", reading);
  table.any("name");
  if (name_line == 0 &&
      (members == nullptr || std::ranges::find(*members, "name", &Member::key) == members->end())) {
    reading.problem(line, "this bot has no name; add one, such as name = \"racing\"");
  } else if (name_line > 0 && !keeper::is_bot_name(bot.spec.name)) {
    reading.problem(name_line,
                    "a bot's name is small letters, digits, - and _, at most 63, beginning with a letter or "
                    "digit; found \"{}\"",
                    bot.spec.name);
  } else if (bot.spec.name == "agent" || bot.spec.name == "keeper") {
    reading.problem(name_line, "\"{}\" is the name of a part of Steward; call the bot otherwise",
                    bot.spec.name);
  }
  read_command(table, bot, line, reading);
  bot.spec.working_dir = absolute_from(reading.file, ".");
  bot.working_dir_line = table.path("working_dir", bot.spec.working_dir);
  bot.user_line = table.text("user", bot.user);
  read_environment(table, bot, reading);
  bot.env_file_line = table.path("env_file", bot.spec.env_file);
  table.texts("after", bot.spec.after);
  read_restart(table, bot, reading);
  read_limits(table, bot);
  table.truth("gate", bot.spec.gate);
  if (const int scrape = table.text("scrape", bot.scrape); scrape > 0) {
    const std::string fault = url_fault(bot.scrape);
    if (!fault.empty()) reading.problem(scrape, "scrape: {}", fault);
  }
  table.finish();
  return bot;
}

void read_bots(TableReader& root, Settings& out, Reading& reading) {
  for (const Node* item : root.tables("bot", kMostBots)) {
    Bot bot = read_bot(&std::get<Node::Table>(item->value), item->line, reading);
    const Bot* twin = bot.spec.name.empty() ? nullptr : out.find(bot.spec.name);
    if (twin != nullptr)
      reading.problem(bot.line, "a second bot named \"{}\"; the first is on line {}; names must differ",
                      bot.spec.name, twin->line);
    out.bots.push_back(std::move(bot));
  }
}

void read_all(const Node::Table* document, Settings& out, Reading& reading) {
  TableReader root(document, "steward.toml", "", reading);
  read_steward(root, out, reading);
  read_listener(root, "metrics", out.metrics, reading);
  read_listener(root, "dashboard", out.dashboard, reading);
  int line = 0;
  TableReader journal = root.table("journal", line);
  journal.duration("keep", out.journal_keep, kMinute);
  journal.finish();
  read_health(root, out, reading);
  TableReader alert = root.table("alert", line);
  read_alert_rules(alert, out.alert_rules, reading);
  read_alert_channels(alert, out.alert_targets, reading);
  read_alert_life(alert, out.alert_life, reading);
  alert.finish();
  read_bots(root, out, reading);
  read_backups(root, out, reading);
  root.finish();
}

void check_listeners_differ(const Settings& settings, Reading& reading) {
  if (!settings.metrics.off() && settings.metrics.listen == settings.dashboard.listen) {
    reading.problem(std::max(settings.metrics.line, settings.dashboard.line),
                    "[metrics] and [dashboard] both listen on {}; give one of them another port",
                    settings.metrics.listen);
  }
}

std::string_view first_bad_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return text;
    text.remove_prefix(length);
  }
  return {};
}

}  // namespace

std::string variable_fault(std::string_view name) {
  if (!is_variable_name(name))
    return fmt::format("\"{}\" is no name of an environment variable; use letters, digits and _", name);
  return is_stewards_own(name) ? fmt::format("{} is set by Steward itself; leave it out", name) : "";
}

Parsed parse(std::string_view text, const std::string& file) {
  Parsed out;
  out.settings.file = file;
  Reading reading{file};
  if (text.size() > kLargestFile) {
    reading.problem(0, "larger than the {} bytes that a configuration may have", kLargestFile);
  } else if (const auto bad = first_bad_utf8(text); !bad.empty()) {
    const auto good = text.substr(0, text.size() - bad.size());
    reading.problem(static_cast<int>(std::ranges::count(good, '\n')) + 1,
                    "a byte that is not UTF-8; save the file as UTF-8");
  } else if (const auto document = parse_document(text); !document) {
    reading.problem(document.error().line, "not TOML: {}", document.error().text);
  } else {
    read_all(&std::get<Node::Table>(document->value), out.settings, reading);
    check_order(out.settings, reading);
    check_listeners_differ(out.settings, reading);
  }
  sort_by_line(reading.problems);
  out.problems = std::move(reading.problems);
  return out;
}

std::vector<std::string> known_keys() {
  Reading reading;
  Settings unused;
  read_all(nullptr, unused, reading);
  read_bot(nullptr, 0, reading);
  know_alert_rules(reading);
  know_alert_channels(reading);
  know_alert_life(reading);
  read_backup(nullptr, 0, reading);
  std::ranges::sort(reading.asked);
  const auto twice = std::ranges::unique(reading.asked);
  reading.asked.erase(twice.begin(), twice.end());
  return std::move(reading.asked);
}

const Bot* Settings::find(std::string_view name) const {
  const auto found = std::ranges::find(bots, name, &Bot::name);
  return found == bots.end() ? nullptr : &*found;
}

}  // namespace steward::config
