#include "logs/level.hpp"

#include <algorithm>
#include <optional>

#include "base/utf8.hpp"
#include "logs/json_fields.hpp"

namespace steward::logs {

namespace {

struct Name {
  std::string_view name;
  Level level;
};
constexpr Name kNames[] = {
    {"trace", Level::debug},       {"debug", Level::debug},       {"notset", Level::debug},
    {"info", Level::info},         {"information", Level::info},  {"notice", Level::info},
    {"success", Level::info},      {"warn", Level::warning},      {"warning", Level::warning},
    {"err", Level::error},         {"error", Level::error},       {"severe", Level::error},
    {"crit", Level::critical},     {"critical", Level::critical}, {"fatal", Level::critical},
    {"alert", Level::critical},    {"panic", Level::critical},    {"emerg", Level::critical},
    {"emergency", Level::critical}};
constexpr std::size_t kLongestName = 11;
constexpr int kMostNames = 2;             // between a plain line's time and its level
constexpr std::size_t kMostOfHead = 256;  // bytes in which they are

char small(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Without colours (ESC [ … m), which a terminal's logger puts around the level.
std::string_view without_colours(std::string_view text, std::string& kept) {
  if (text.substr(0, kMostOfHead).find('\x1b') == std::string_view::npos) return text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto end = text.substr(i).starts_with("\x1b[") ? text.find('m', i) : std::string_view::npos;
    if (end == std::string_view::npos || end - i > 16) {
      kept += text[i];
    } else {
      i = end;
    }
  }
  return kept;
}

/// "E1122 13:20:05.123456 …"
std::optional<Level> klog(std::string_view line) {
  const bool dated = line.size() > 5 && std::ranges::all_of(line.substr(1, 4), is_digit) && line[5] == ' ';
  if (!dated) return std::nullopt;
  switch (line[0]) {
    case 'I':
      return Level::info;
    case 'W':
      return Level::warning;
    case 'E':
      return Level::error;
    case 'F':
      return Level::critical;
    default:
      return std::nullopt;
  }
}

/// The value of `level=`, `lvl=` or `severity=` that begins a word.
std::optional<Level> logfmt(std::string_view line) {
  for (const std::string_view key : {"level=", "lvl=", "severity="}) {
    const auto at = line.find(key);
    if (at == std::string_view::npos || (at > 0 && line[at - 1] != ' ' && line[at - 1] != '\t')) continue;
    std::string_view value = line.substr(at + key.size());
    if (value.starts_with('"')) value.remove_prefix(1);
    const Level level = level_named(value.substr(0, value.find_first_of(" \t\"")));
    if (level != Level::other) return level;
  }
  return std::nullopt;
}

/// Whether the word is what a logger writes, not a word of a sentence: in capitals, or marked by what stands
/// around it.
bool is_marked(std::string_view word, char before, char after) {
  const bool capitals = std::ranges::none_of(word, [](char c) { return c >= 'a' && c <= 'z'; });
  return capitals || before == '[' || before == '<' || after == ':' || after == ']' || after == '|';
}

/// The level behind nothing, or behind a time and names: "2026-11-22 13:20:05,123 - bot - ERROR - text".
Level plain(std::string_view line) {
  constexpr std::string_view kBetween = " \t[]()<>|:,";
  line = line.substr(0, kMostOfHead);
  bool first = true, timed = false;
  int names = 0;
  for (std::size_t at = 0; names <= kMostNames; first = false) {
    at = line.find_first_not_of(kBetween, at);
    if (at == std::string_view::npos) return Level::other;
    const auto end = std::min(line.find_first_of(kBetween, at), line.size());
    const std::string_view word = line.substr(at, end - at);
    const char before = at > 0 ? line[at - 1] : '\0', after = end < line.size() ? line[end] : '\0';
    const Level level = level_named(word);
    // Behind words alone it is one of a sentence: "an ERROR came".
    if (level != Level::other && is_marked(word, before, after) && (first || timed || before == '['))
      return level;
    timed = timed || is_digit(word[0]);
    names += is_digit(word[0]) || word == "-" ? 0 : 1;
    at = end;
  }
  return Level::other;
}

Level of_number(std::string_view text, bool python) {
  int number = 0;
  for (const char c : text.substr(0, 3)) {
    if (!is_digit(c)) break;
    number = number * 10 + (c - '0');
  }
  const int step = number / 10 - (python ? 0 : 1);  // pino: 20 is debug; Python: 10 is
  if (number < 10) return Level::other;
  constexpr Level kSteps[] = {Level::debug,   Level::debug, Level::info,
                              Level::warning, Level::error, Level::critical};
  return kSteps[std::min(step, 5)];
}

Line json(std::string_view text) {
  constexpr std::string_view kLevelKeys[] = {"levelname", "level", "severity", "lvl", "levelno", "log.level"};
  constexpr std::string_view kMessageKeys[] = {"message", "msg", "event"};
  Line out{.message = text};
  JsonFields fields(text);
  while (const auto field = fields.next()) {
    if (std::ranges::find(kLevelKeys, field->key) != std::end(kLevelKeys) && out.level == Level::other)
      out.level =
          field->is_text ? level_named(field->value) : of_number(field->value, field->key == "levelno");
    if (std::ranges::find(kMessageKeys, field->key) != std::end(kMessageKeys) && field->is_text &&
        !out.escaped)
      out.message = field->value, out.escaped = true;
  }
  return out;
}

/// What a backslash and `c` stand for within JSON's quotes; 0: not one character.
char unescaped(char c) {
  switch (c) {
    case 'n':
    case 'r':
    case 't':
    case 'b':
    case 'f':
      return ' ';
    case '"':
    case '\\':
    case '/':
      return c;
    default:
      return 0;
  }
}

}  // namespace

Level level_named(std::string_view name) {
  if (name.empty() || name.size() > kLongestName) return Level::other;
  for (const Name& known : kNames) {
    if (known.name.size() == name.size() && std::ranges::equal(name, known.name, {}, small))
      return known.level;
  }
  return Level::other;
}

Line read_line(std::string_view text) {
  text = text.substr(0, kMostOfLine);
  while (!text.empty() && (text[0] == ' ' || text[0] == '\t')) text.remove_prefix(1);
  if (text.starts_with('{')) return json(text);
  Line out{.message = text};
  std::string kept;
  const std::string_view bare = without_colours(text, kept);
  if (const auto level = klog(bare)) {
    out.level = *level;
  } else if (const Level level_at_head = plain(bare); level_at_head != Level::other) {
    out.level = level_at_head;
  } else {
    out.level = logfmt(bare).value_or(Level::other);
  }
  return out;
}

std::string readable(const Line& line, std::size_t most) {
  std::string out;
  std::string_view rest = line.message;
  while (!rest.empty()) {
    const char plain = line.escaped && rest[0] == '\\' && rest.size() > 1 ? unescaped(rest[1]) : '\0';
    const std::size_t length = plain != 0 ? 2 : utf8_length(rest);
    if (out.size() + std::max<std::size_t>(length, 1) > most) break;
    if (plain != 0) {
      out += plain;
    } else if (length == 0 || static_cast<unsigned char>(rest[0]) < 0x20 || rest[0] == 0x7f) {
      out += length == 0 ? '?' : ' ';
    } else {
      out += rest.substr(0, length);
    }
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace steward::logs
