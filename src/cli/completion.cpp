// steward completion: scripts made from the table of commands. `steward completion names` prints the bots'
// names for them.
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/control.hpp"
#include "cli/terminal.hpp"

namespace steward::cli {

namespace {

constexpr std::string_view kShells = "bash zsh fish";

/// "-f", "--follow" of "-f,--follow"; nothing for an argument without dashes.
std::vector<std::string> flags_of(Arg arg) {
  std::vector<std::string> out;
  std::string_view rest = spelling(arg);
  while (rest.starts_with('-')) {
    const auto comma = rest.find(',');
    out.emplace_back(rest.substr(0, comma));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return out;
}

std::vector<std::string> flags_of(const Command& command) {
  std::vector<std::string> out{"--help"};
  for (const Arg arg : command.args) {
    for (std::string& flag : flags_of(arg)) out.push_back(std::move(flag));
  }
  for (const Command& below : command.below) {
    for (std::string& flag : flags_of(below))
      if (std::ranges::find(out, flag) == out.end()) out.push_back(std::move(flag));
  }
  return out;
}

bool takes_bot(const Command& command) {
  return std::ranges::any_of(command.args, [](Arg arg) { return arg == Arg::bot || arg == Arg::bot_or_all; });
}

std::vector<std::string_view> names(bool only_with_bot) {
  std::vector<std::string_view> out;
  for (const Command& command : commands()) {
    if (!only_with_bot || takes_bot(command)) out.push_back(command.name);
  }
  return out;
}

constexpr const char* kBash = R"sh(# bash completion of steward; made by `steward completion bash`
_steward() {{
  local cur="${{COMP_WORDS[COMP_CWORD]}}" command="${{COMP_WORDS[1]}}" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="{commands} --help --version"
  elif [[ "$cur" == -* ]]; then
    case "$command" in
{flags}    esac
  else
    case "$command" in
    {with_bot}) words="$(steward completion names 2>/dev/null)" ;;
    completion) words="{shells}" ;;
{below}    esac
  fi
  if [ -n "$words" ]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}}
complete -F _steward steward
)sh";

constexpr const char* kZsh = R"sh(#compdef steward
# zsh completion of steward; made by `steward completion zsh`
_steward() {{
  local -a commands
  commands=(
{commands}  )
  if (( CURRENT == 2 )); then
    _describe command commands
  elif [[ $words[CURRENT] == -* ]]; then
    case $words[2] in
{flags}    esac
  else
    case $words[2] in
    {with_bot}) compadd -- ${{(f)"$(steward completion names 2>/dev/null)"}} ;;
    completion) compadd -- {shells} ;;
{below}    *) _files ;;
    esac
  fi
}}
compdef _steward steward
)sh";

/// "    alerts) … ;;" for each command that has commands below it.
std::string words_below(std::string_view begin, std::string_view end) {
  std::string out;
  for (const Command& command : commands()) {
    std::vector<std::string_view> words;
    if (!command.actions.empty()) words.push_back(command.actions);
    for (const Command& below : command.below) words.push_back(below.name);
    if (!words.empty())
      out += fmt::format("    {}) {}{}{} ;;\n", command.name, begin, fmt::join(words, " "), end);
  }
  return out;
}

std::string bash() {
  std::string flags;
  for (const Command& command : commands()) {
    flags += fmt::format("    {}) words=\"{}\" ;;\n", command.name, fmt::join(flags_of(command), " "));
  }
  return fmt::format(fmt::runtime(kBash), fmt::arg("commands", fmt::join(names(false), " ")),
                     fmt::arg("flags", flags), fmt::arg("with_bot", fmt::join(names(true), "|")),
                     fmt::arg("below", words_below("words=\"", "\"")), fmt::arg("shells", kShells));
}

std::string zsh() {
  std::string list, flags;
  for (const Command& command : commands()) {
    list += fmt::format("    '{}:{}'\n", command.name, command.summary);
    flags += fmt::format("    {}) compadd -- {} ;;\n", command.name, fmt::join(flags_of(command), " "));
  }
  return fmt::format(fmt::runtime(kZsh), fmt::arg("commands", list), fmt::arg("flags", flags),
                     fmt::arg("with_bot", fmt::join(names(true), "|")), fmt::arg("shells", kShells),
                     fmt::arg("below", words_below("compadd -- ", "")));
}

std::string fish() {
  std::string out = "# fish completion of steward; made by `steward completion fish`\n";
  for (const Command& command : commands()) {
    out += fmt::format("complete -c steward -n __fish_use_subcommand -f -a {} -d '{}'\n", command.name,
                       command.summary);
    for (const std::string& flag : flags_of(command)) {
      const bool is_long = flag.starts_with("--");
      out += fmt::format("complete -c steward -n '__fish_seen_subcommand_from {}' {} {}\n", command.name,
                         is_long ? "-l" : "-s", flag.substr(is_long ? 2 : 1));
    }
  }
  for (const Command& command : commands()) {
    if (!command.actions.empty())
      out += fmt::format("complete -c steward -n '__fish_seen_subcommand_from {}' -f -a '{}'\n", command.name,
                         command.actions);
    for (const Command& below : command.below)
      out += fmt::format("complete -c steward -n '__fish_seen_subcommand_from {}' -f -a {} -d '{}'\n",
                         command.name, below.name, below.summary);
  }
  out += fmt::format(
      "complete -c steward -n '__fish_seen_subcommand_from {}' -f -a '(steward completion names "
      "2>/dev/null)'\n",
      fmt::join(names(true), " "));
  return out +
         fmt::format("complete -c steward -n '__fish_seen_subcommand_from completion' -f -a '{}'\n", kShells);
}

int print_names(const Options& options) {
  const auto settings = settings_of(options);
  if (!settings) return kFailed;
  for (const config::Bot& bot : settings->bots) print(bot.name() + "\n");
  return kDone;
}

}  // namespace

int run_completion(const Options& options) {
  if (options.target == "names") return print_names(options);
  if (options.target == "bash") return print(bash()), kDone;
  if (options.target == "zsh") return print(zsh()), kDone;
  if (options.target == "fish") return print(fish()), kDone;
  return complain(
      Error(Code::invalid,
            fmt::format("there is no completion for \"{}\"; name bash, zsh or fish", options.target)));
}

}  // namespace steward::cli
