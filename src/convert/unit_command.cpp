#include "convert/unit_command.hpp"

#include "convert/shell_words.hpp"
#include "convert/unit_values.hpp"

namespace steward::convert {

namespace {

/// Splits a word into literal text and ${NAME}: calls literal(text) and variable(name). A word that is
/// "$NAME" is one variable, which `whole` says.
template <class Literal, class Variable>
void visit_word(std::string_view word, Literal literal, Variable variable) {
  if (word.size() > 1 && word[0] == '$' && variable_at(word.substr(1)).size() == word.size() - 1)
    return variable(word.substr(1), true);
  std::string text;
  while (!word.empty()) {
    const auto dollar = word.find('$');
    text += word.substr(0, dollar);
    word.remove_prefix(std::min(dollar, word.size()));
    if (word.empty()) break;
    const auto name = word.size() > 2 && word[1] == '{' ? variable_at(word.substr(2)) : std::string_view{};
    if (!name.empty() && word.size() > name.size() + 2 && word[name.size() + 2] == '}') {
      literal(text);
      text.clear();
      variable(name, false);
      word.remove_prefix(name.size() + 3);
    } else {
      text += '$';
      word.remove_prefix(word.starts_with("$$") ? 2 : 1);
    }
  }
  literal(text);
}

void take_prefixes(UnitCommand& command) {
  std::string& program = command.words[0];
  std::size_t size = 0;
  for (; size < program.size(); ++size) {
    const char c = program[size];
    if (c == '-') {
      command.may_fail = true;
    } else if (c == '@') {
      command.own_name = true;
    } else if (c == ':') {
      command.literal = true;
    } else if (c == '+' || c == '!') {
      command.as_root = true;
    } else if (c == '|') {
      command.by_shell = true;
    } else {
      break;
    }
  }
  program.erase(0, size);
  if (command.own_name && command.words.size() > 1) command.words.erase(command.words.begin() + 1);
}

}  // namespace

Result<std::vector<UnitCommand>> parse_unit_commands(std::string_view value) {
  auto words = unit_words(value);
  if (!words) return std::unexpected(words.error());
  std::vector<UnitCommand> commands;
  bool begins = true;
  for (std::string& word : *words) {
    if (word == ";") {
      begins = true;
      continue;
    }
    if (begins) commands.emplace_back();
    begins = false;
    commands.back().words.push_back(word == "\\;" ? ";" : std::move(word));
  }
  for (UnitCommand& command : commands) {
    take_prefixes(command);
    if (command.words[0].empty()) return fail(Code::invalid, "it names no program");
  }
  return commands;
}

std::vector<std::string> expanded(const UnitCommand& command, const Variables& known, bool& ok) {
  ok = true;
  if (command.literal) return command.words;
  std::vector<std::string> out;
  for (const std::string& word : command.words) {
    std::string text;
    bool whole = false;
    visit_word(
        word, [&](const std::string& literal) { text += literal; },
        [&](std::string_view name, bool alone) {
          const auto found = known.find(name);
          ok = ok && found != known.end();
          if (found != known.end()) text += found->second;
          whole = alone;
        });
    if (!whole) {
      out.push_back(std::move(text));
      continue;
    }
    auto words = unit_words(text);  // "$NAME" by itself becomes as many words as it holds
    ok = ok && words.has_value();
    if (words) out.insert(out.end(), words->begin(), words->end());
  }
  return out;
}

std::string shell_text(const UnitCommand& command) {
  if (command.literal) return shell_quoted(command.words);
  std::string out;
  for (const std::string& word : command.words) {
    std::string text;
    bool variables = false, whole = false;
    std::string plain;
    visit_word(
        word,
        [&](const std::string& literal) {
          text += escape_literal(literal);
          plain += literal;
        },
        [&](std::string_view name, bool alone) {
          variables = true;
          whole = alone;
          text += alone ? "$" + std::string(name) : "${" + std::string(name) + "}";
        });
    if (!out.empty()) out += ' ';
    out += whole ? text : variables ? "\"" + text + "\"" : shell_quoted(plain);
  }
  return out;
}

}  // namespace steward::convert
