#include "convert/foreign_bot.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "base/utf8.hpp"
#include "config/host.hpp"
#include "os/files.hpp"

namespace steward::convert {

namespace {
constexpr std::size_t kLongestName = 63;

/// Whether `from` waits for `to`, over others.
bool waits_for(const std::map<std::string, const ForeignBot*>& bots, const std::string& from,
               const std::string& to) {
  std::set<std::string> seen;
  std::vector<std::string> due{from};
  while (!due.empty()) {
    const std::string name = std::move(due.back());
    due.pop_back();
    if (name == to) return true;
    const auto bot = bots.find(name);
    if (bot == bots.end() || !seen.insert(name).second) continue;
    std::ranges::copy(bot->second->bot.spec.after, std::back_inserter(due));
  }
  return false;
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// What a configuration does not take however it is written: escapes of a foreign file can give anything.
void hold_to_bounds(ForeignBot& foreign) {
  constexpr std::int64_t kLongest = 90 * 365 * config::kDay;
  Remarks remarks(foreign.remarks, foreign.origin);
  keeper::BotSpec& spec = foreign.bot.spec;
  for (std::string* text : {&foreign.bot.user, &spec.working_dir, &spec.env_file}) {
    if (!has_control_character(*text)) continue;
    remarks.lost(0, "\"{}\" holds control characters and is left out", clipped(*text));
    *text = text == &spec.working_dir ? "/" : "";
  }
  if (spec.args.size() > keeper::kMostWordsOfBot) {
    remarks.lost(0, "the command has more than {} arguments; the rest is left out", keeper::kMostWordsOfBot);
    spec.args.resize(keeper::kMostWordsOfBot);
  }
  for (std::string& word : spec.args) std::erase(word, '\0');
  for (auto& [name, value] : spec.env) std::erase(value, '\0');
  for (std::int64_t* time : {&spec.restart_delay, &spec.restart_delay_max, &spec.budget_window,
                             &spec.stop_timeout, &spec.start_timeout, &spec.watchdog})
    *time = std::min(*time, kLongest);
}

}  // namespace

Machine this_machine() {
  return {
      .home = [](const std::string& user) -> std::optional<std::string> {
        const auto account = config::find_account(user);
        return account ? std::optional(account->home) : std::nullopt;
      },
      .is_folder =
          [](const std::string& path) {
            struct ::stat info{};
            return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
          },
      .text = [](const std::string& path) -> std::optional<std::string> {
        struct ::stat info{};
        if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
        auto text = read_file(path, config::kLargestFile);
        return text ? std::optional(std::move(*text)) : std::nullopt;
      },
  };
}

Status check_foreign(std::string_view text, const std::string& file) {
  int line = 1;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t length = utf8_length(rest);
    if (length == 0)
      return fail(Code::invalid, "{}:{}: a byte that is not UTF-8; save the file as UTF-8", file, line);
    if (rest[0] == '\0') return fail(Code::invalid, "{}:{}: a NUL byte; this is no text file", file, line);
    if (rest[0] == '\n') ++line;
    rest.remove_prefix(length);
  }
  return {};
}

Result<std::string> read_foreign(const std::string& path) {
  auto text = read_file(path, config::kLargestFile);
  if (!text) return text;
  if (auto good = check_foreign(*text, path); !good) return std::unexpected(good.error());
  return text;
}

std::string bot_name(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (letter || (c == '_' && !out.empty())) {
      out += c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  if (out.size() > kLongestName) out.resize(kLongestName);
  while (!out.empty() && out.back() == '-') out.pop_back();
  if (out.empty()) return "bot";
  return out == "agent" || out == "keeper" ? out + "-bot" : out;
}

void merge(Converted& into, Converted from) {
  for (ForeignBot& foreign : from.bots) hold_to_bounds(foreign);
  std::set<std::string, std::less<>> taken;
  for (const ForeignBot& foreign : into.bots) taken.insert(foreign.bot.name());
  std::map<std::string, std::string> renamed;
  for (ForeignBot& foreign : from.bots) {
    std::string& name = foreign.bot.spec.name;
    const std::string wanted = name;
    for (int number = 2; !taken.insert(name).second; ++number) {
      const std::string suffix = fmt::format("-{}", number);
      name = wanted.substr(0, kLongestName - suffix.size()) + suffix;
    }
    renamed.emplace(wanted, name);
    if (name != wanted)
      Remarks(foreign.remarks, foreign.origin)
          .note(0, "there is another bot \"{}\", so this one is \"{}\"", wanted, name);
  }
  for (ForeignBot& foreign : from.bots) {
    for (std::string& name : foreign.bot.spec.after) {
      if (const auto found = renamed.find(name); found != renamed.end()) name = found->second;
    }
    into.bots.push_back(std::move(foreign));
  }
  std::ranges::move(from.remarks, std::back_inserter(into.remarks));
}

void mend_order(Converted& converted) {
  std::map<std::string, const ForeignBot*> by_name;
  for (const ForeignBot& foreign : converted.bots) by_name.emplace(foreign.bot.name(), &foreign);
  for (ForeignBot& foreign : converted.bots) {
    std::vector<std::string> kept;
    for (const std::string& name : foreign.bot.spec.after) {
      if (by_name.contains(name) && !waits_for(by_name, name, foreign.bot.name())) {
        kept.push_back(name);
      } else {
        Remarks(foreign.remarks, foreign.origin)
            .lost(0, "it does not wait for {}, {}", name,
                  by_name.contains(name) ? "which waits for it" : "which is no bot");
      }
    }
    foreign.bot.spec.after = std::move(kept);
  }
}

void set_variable(ForeignBot& bot, Remarks& remarks, int line, const std::string& name,
                  const std::string& value) {
  if (const std::string fault = config::variable_fault(name); !fault.empty())
    return remarks.lost(line, "{}", fault);
  for (const std::string_view secret :
       {"PASSWORD", "SECRET", "TOKEN", "APP_KEY", "API_KEY", "APIKEY", "PASSPHRASE"}) {
    if (name.find(secret) != std::string::npos)
      remarks.lost(
          line,
          "{} looks like a secret, and now stands in a file that is not for them; move it into an env_file",
          name);
  }
  auto& env = bot.bot.spec.env;
  std::erase_if(env, [&](const auto& variable) { return variable.first == name; });
  env.emplace_back(name, value);
}

std::string clipped(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string out;
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(1, utf8_length(text));
    if (out.size() + length > kMost) return out + "…";
    const bool space = text[0] == ' ' || text[0] == '\n' || text[0] == '\t';
    if (!space)
      out += text.substr(0, length);
    else if (!out.ends_with(' '))
      out += ' ';
    text.remove_prefix(length);
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace steward::convert
