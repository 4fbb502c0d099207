#include "convert/cron_command.hpp"

#include <algorithm>
#include <array>

#include "convert/foreign_bot.hpp"
#include "convert/shell_words.hpp"

namespace steward::convert {

namespace {

/// Where `operator_` stands outside of quotes, or npos.
std::size_t find_bare(std::string_view text, std::string_view wanted, std::size_t from = 0) {
  char quote = 0;
  for (std::size_t i = from; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\' && quote == '"') ++i;
      if (c == quote) quote = 0;
    } else if (c == '\\') {
      ++i;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (text.substr(i).starts_with(wanted)) {
      return i;
    }
  }
  return std::string_view::npos;
}

std::string_view first_word(std::string_view text) {
  text = trimmed(text);
  return text.substr(0, text.find_first_of(" \t"));
}

std::string_view file_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_program(std::string_view text, std::string_view program) {
  return file_name(first_word(text)) == program;
}

/// Takes one thing after another from the front and the back of the command.
class Peeler {
 public:
  explicit Peeler(std::string_view command) : rest_(trimmed(command)) {}

  CronCommand peel() {
    for (int i = 0; i < 16 && peel_once(); ++i) continue;
    finish();
    return std::move(out_);
  }

 private:
  bool peel_once() {
    return unwrap_parentheses() || background() || redirection() || change_folder() || pause() ||
           alternative() || lock() || prefix() || assignment();
  }

  bool unwrap_parentheses() {
    if (!rest_.starts_with('(') || find_bare(rest_, ")") != rest_.size() - 1) return false;
    keep(rest_.substr(1, rest_.size() - 2));
    return true;
  }

  bool background() {
    if (!rest_.ends_with('&') || rest_.ends_with("&&") || rest_.ends_with("\\&")) return false;
    keep(rest_.substr(0, rest_.size() - 1));
    return true;
  }

  /// The first redirection of output, when there is no pipe that makes it another's.
  bool redirection() {
    if (has_operators()) return false;
    for (const std::string_view kind : {"&>>", "2>&1", "1>&2", "&>", "2>>", "2>", "1>>", "1>", ">>", ">"}) {
      const auto at = find_bare(rest_, kind);
      if (at == std::string_view::npos ||
          (at > 0 && rest_[at - 1] != ' ' && rest_[at - 1] != '\t' && kind[0] != '>' && kind[0] != '&'))
        continue;
      std::string_view after = std::string_view(rest_).substr(at + kind.size());
      std::string target;
      if (!kind.ends_with("&1") && !kind.ends_with("&2")) {
        target = first_word(after);
        after = trimmed(after);
        after.remove_prefix(target.size());
      }
      if (target.find_first_of("\"'\\") != std::string::npos) return false;
      const bool away = target.empty() || target == "/dev/null" || target.starts_with('&');
      std::string said = fmt::format("{}{}: standard output and error are in `steward logs`", kind, target);
      if (away)
        out_.notes.push_back(std::move(said));
      else
        out_.lost.push_back(std::move(said));
      keep(std::string(rest_.substr(0, at)) + " " + std::string(after));
      return true;
    }
    return false;
  }

  bool has_operators() const {
    std::string_view text = rest_;
    for (const std::string_view other : {"|", "&&", ";", "`", "$(", "\n"}) {
      if (find_bare(text, other) != std::string_view::npos) return true;
    }
    return false;
  }

  bool change_folder() {
    if (!is_program(rest_, "cd")) return false;
    auto end = find_bare(rest_, "&&");
    std::size_t size = 2;
    if (end == std::string_view::npos) {
      end = find_bare(rest_, ";");
      size = 1;
    }
    if (end == std::string_view::npos) return false;
    const auto words = split_shell_words(rest_.substr(0, end));
    if (!words || words->size() != 2) return false;
    out_.folder = (*words)[1];
    keep(rest_.substr(end + size));
    return true;
  }

  bool pause() {
    if (!is_program(rest_, "sleep")) return false;
    const auto end = std::min(find_bare(rest_, "&&"), find_bare(rest_, ";"));
    if (end == std::string_view::npos) return false;
    out_.notes.push_back(trimmed_text(rest_.substr(0, end)) +
                         ": a bot is started when those it is `after` are ready");
    keep(rest_.substr(end + (rest_[end] == '&' ? 2 : 1)));
    return true;
  }

  /// `pgrep -f main.py || COMMAND`
  bool alternative() {
    const auto at = find_bare(rest_, "||");
    if (at == std::string_view::npos) return false;
    const bool asks = std::ranges::any_of(std::array{"pgrep", "pidof", "screen", "tmux", "ps"},
                                          [&](const char* program) { return is_program(rest_, program); });
    if (!asks) return false;
    out_.keeps_alive = true;
    out_.notes.push_back(trimmed_text(rest_.substr(0, at)) + ": Steward knows whether it runs");
    keep(rest_.substr(at + 2));
    return true;
  }

  /// `flock -n LOCK COMMAND`, `flock -n LOCK -c 'COMMAND'`
  bool lock() {
    if (!is_program(rest_, "flock") || has_operators()) return false;
    const auto words = split_shell_words(rest_);
    if (!words) return false;
    std::size_t i = 1;
    while (i < words->size() && (*words)[i].starts_with('-')) {
      const bool takes_value = (*words)[i] == "-w" || (*words)[i] == "-E" || (*words)[i] == "--timeout";
      i += takes_value ? 2 : 1;
    }
    if (i + 1 >= words->size()) return false;
    out_.keeps_alive = true;
    out_.notes.push_back("flock " + (*words)[i] + ": Steward starts one of it at a time");
    ++i;
    const bool by_shell = (*words)[i] == "-c" || (*words)[i] == "--command";
    if (by_shell && i + 1 < words->size()) {
      keep((*words)[i + 1]);
    } else {
      keep(shell_quoted({words->begin() + static_cast<std::ptrdiff_t>(i), words->end()}));
    }
    return true;
  }

  bool prefix() {
    for (const std::string_view program : {"nohup", "setsid", "exec"}) {
      if (!is_program(rest_, program)) continue;
      keep(rest_.substr(first_word(rest_).size()));
      return true;
    }
    return false;
  }

  bool assignment() {
    const std::string_view word = first_word(rest_);
    const std::string_view name = variable_at(word);
    if (name.empty() || name.size() == word.size() || word[name.size()] != '=') return false;
    const auto value = word.substr(name.size() + 1);
    if (value.find_first_of("\"'\\$`*?;&|<>()") != std::string_view::npos) return false;
    out_.environment.emplace_back(name, value);
    keep(rest_.substr(word.size()));
    return true;
  }

  void finish() {
    if (rest_.empty()) return;
    const bool shell = rest_.find_first_of("|&;<>()$`*?[]~{}#\n") != std::string::npos;
    auto words = split_shell_words(rest_);
    if (!words || words->empty()) {
      out_.lost.push_back(rest_ + ": it cannot be read; write the command yourself");
      return;
    }
    name_from(*words);
    if (!shell) {
      out_.words = std::move(*words);
      return;
    }
    const bool simple = !has_operators() && rest_.find_first_of("(){}") == std::string::npos;
    out_.words = {"sh", "-c", (simple ? "exec " : "") + rest_};
  }

  /// The script's name: "racing" of "python3 -u /srv/bots/racing.py"; of "main.py" its folder's.
  void name_from(const std::vector<std::string>& words) {
    constexpr std::array<std::string_view, 9> kRunners{"python", "python3", "bash", "sh",  "env",
                                                       "node",   "java",    "perl", "nice"};
    constexpr std::array<std::string_view, 6> kVague{"main", "run", "bot", "app", "start", "index"};
    std::string folder = out_.folder;
    for (std::size_t i = 0; i < words.size(); ++i) {
      std::string_view word = words[i];
      const bool module = i > 0 && words[i - 1] == "-m";
      if (!module &&
          (word.starts_with('-') || std::ranges::find(kRunners, file_name(word)) != kRunners.end()))
        continue;
      if (word.find('/') != std::string_view::npos) folder = word.substr(0, word.rfind('/'));
      word = file_name(word);
      out_.name = word.substr(0, word.rfind('.') == 0 ? word.npos : word.rfind('.'));
      break;
    }
    const bool vague = std::ranges::find(kVague, out_.name) != kVague.end();
    if (vague && !file_name(folder).empty() && file_name(folder) != "~") out_.name = file_name(folder);
  }

  static std::string trimmed_text(std::string_view text) { return std::string(trimmed(text)); }
  void keep(std::string_view text) { rest_ = std::string(trimmed(text)); }

  std::string rest_;
  CronCommand out_;
};

}  // namespace

CronCommand read_cron_command(std::string_view command) {
  return Peeler(command).peel();
}

}  // namespace steward::convert
