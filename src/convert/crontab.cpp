#include "convert/crontab.hpp"

#include <algorithm>
#include <cstdlib>

#include "convert/cron_command.hpp"
#include "convert/shell_words.hpp"

namespace steward::convert {

namespace {

/// One entry: when, whose, what.
struct Entry {
  std::string when, user, command;
  int line = 0;
};

std::string_view take_word(std::string_view& rest) {
  rest = trimmed(rest);
  const auto word = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(word.size());
  rest = trimmed(rest);
  return word;
}

bool is_time_field(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*' ||
           c == '/' || c == ',' || c == '-' || c == '~' || c == '?';
  });
}

/// NAME=value of a crontab, where quotes may stand around both.
std::optional<std::pair<std::string, std::string>> assignment(std::string_view line) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const auto bare = [](std::string_view text) {
    text = trimmed(text);
    const bool quoted = text.size() >= 2 && (text[0] == '"' || text[0] == '\'') && text.back() == text[0];
    return quoted ? text.substr(1, text.size() - 2) : text;
  };
  const auto name = bare(line.substr(0, equals));
  if (name.empty() || variable_at(name).size() != name.size()) return std::nullopt;
  return std::pair(std::string(name), std::string(bare(line.substr(equals + 1))));
}

std::optional<Entry> entry_of(std::string_view line, bool has_user, int number) {
  Entry out;
  out.line = number;
  if (line.starts_with('@')) {
    out.when = take_word(line);
  } else {
    for (int field = 0; field < 5; ++field) {
      const auto word = take_word(line);
      if (!is_time_field(word)) return std::nullopt;
      out.when += (field > 0 ? " " : "") + std::string(word);
    }
  }
  if (has_user) out.user = take_word(line);
  out.command = line;
  if (out.command.empty()) return std::nullopt;
  return out;
}

/// cron's %: the first one that is not escaped ends the command; what follows is its standard input.
std::string without_input(const std::string& command, bool& had_input) {
  std::string out;
  for (std::size_t i = 0; i < command.size(); ++i) {
    if (command[i] == '\\' && i + 1 < command.size() && command[i + 1] == '%') {
      out += command[++i];
    } else if (command[i] == '%') {
      had_input = true;
      return out;
    } else {
      out += command[i];
    }
  }
  return out;
}

class Reader {
 public:
  Reader(const std::string& file, const Machine& machine)
      : file_(file),
        machine_(machine),
        has_user_(file == "/etc/crontab" || file.find("/cron.d/") != std::string::npos) {}

  Status line(std::string_view text, int number) {
    text = trimmed(text);
    if (text.empty() || text[0] == '#') return {};
    if (auto entry = entry_of(text, has_user_, number)) {
      take(*entry);
      return {};
    }
    if (auto set = assignment(text)) {
      variables_.emplace_back(number, std::move(*set));
      return {};
    }
    return fail(Code::invalid, "{}:{}: expected five fields of time (or @reboot) and a command, found \"{}\"",
                file_, number, clipped(text));
  }

  Converted out() { return std::move(out_); }

 private:
  void take(const Entry& entry) {
    Remarks lost(out_.remarks, file_);
    if (out_.bots.size() >= config::kMostBots)
      return lost.lost(entry.line, "more than the {} bots that Steward keeps", config::kMostBots);
    bool had_input = false;
    const CronCommand command = read_cron_command(without_input(entry.command, had_input));
    if (entry.when != "@reboot" && !command.keeps_alive) {
      return lost.lost(entry.line,
                       "{} {}: it runs at a time, and Steward has no schedules yet; leave it to cron",
                       entry.when, clipped(entry.command));
    }
    if (command.words.empty()) return lost.lost(entry.line, "{}: it names no program", entry.command);
    ForeignBot bot;
    Remarks remarks(bot.remarks, file_);
    bot.origin = fmt::format("{}:{}: {} {}", file_, entry.line, entry.when, entry.command);
    bot.bot.user = entry.user;
    bot.bot.spec.args = command.words;
    environment(bot, command, entry.line);
    working_dir(bot, command);
    bot.bot.spec.name = bot_name(command.name.empty() ? "cron" : command.name);
    for (const std::string& text : command.lost) remarks.lost(entry.line, "{}", text);
    for (const std::string& text : command.notes) remarks.note(entry.line, "{}", text);
    if (had_input) remarks.lost(entry.line, "%: standard input is /dev/null");
    if (!command.keeps_alive)
      remarks.note(
          entry.line,
          "@reboot: cron starts it once, Steward keeps it running; restart = \"never\" does as cron did");
    out_.bots.push_back(std::move(bot));
  }

  void environment(ForeignBot& bot, const CronCommand& command, int line) {
    Remarks remarks(bot.remarks, file_);
    for (const auto& [number, variable] : variables_) {
      const auto& [name, value] = variable;
      if (name == "MAILTO" || name == "MAILFROM") {
        remarks.lost(number, "{}={}: output is mailed to nobody; it is in `steward logs`", name, value);
      } else if (name == "SHELL" || name == "CRON_TZ" || name == "RANDOM_DELAY") {
        remarks.note(number, "{}={}: of no meaning for a bot", name, value);
      } else {
        set_variable(bot, remarks, number, name, value);
      }
    }
    for (const auto& [name, value] : command.environment) set_variable(bot, remarks, line, name, value);
  }

  void working_dir(ForeignBot& bot, const CronCommand& command) {
    const auto& env = bot.bot.spec.env;
    const auto named = std::ranges::find(env, "HOME", [](const auto& variable) { return variable.first; });
    const char* own = ::getenv("HOME");
    const std::string home = named != env.end() ? named->second
                             : bot.bot.user.empty()
                                 ? (own == nullptr ? "/" : own)
                                 : machine_.home(bot.bot.user).value_or("/home/" + bot.bot.user);
    std::string folder = command.folder;
    for (const std::string_view begin : {"~/", "$HOME/", "${HOME}/"}) {
      if (folder.starts_with(begin)) folder = home + "/" + folder.substr(begin.size());
    }
    if (folder == "~" || folder == "$HOME" || folder.empty()) folder = home;
    bot.bot.spec.working_dir = folder.starts_with('/') ? folder : home + "/" + folder;
  }

  const std::string& file_;
  const Machine& machine_;
  bool has_user_;
  std::vector<std::pair<int, std::pair<std::string, std::string>>> variables_;
  Converted out_;
};

}  // namespace

Result<Converted> from_crontab(std::string_view text, const std::string& file, const Machine& machine) {
  Reader reader(file, machine);
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (auto good = reader.line(line, number); !good) return std::unexpected(good.error());
  }
  return reader.out();
}

}  // namespace steward::convert
