#include "convert/supervisord_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "convert/foreign_bot.hpp"
#include "convert/shell_words.hpp"

namespace steward::convert {

namespace {

/// "%(process_num)02d" with its number.
std::string formatted(std::string_view format, const std::string& value) {
  if (!format.ends_with('d') || format.size() < 2) return value;
  const auto width = number_of(format.substr(0, format.size() - 1));
  if (!width || *width > 20) return value;
  const auto missing =
      static_cast<std::size_t>(*width) - std::min(static_cast<std::size_t>(*width), value.size());
  return std::string(missing, format[0] == '0' ? '0' : ' ') + value;
}

}  // namespace

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::optional<std::int64_t> bytes_of(std::string_view text) {
  constexpr std::pair<std::string_view, int> kUnits[] = {{"kb", 10}, {"mb", 20}, {"gb", 30}, {"KB", 10},
                                                         {"MB", 20}, {"GB", 30}, {"", 0}};
  for (const auto& [unit, shift] : kUnits) {
    if (!text.ends_with(unit)) continue;
    const auto number = number_of(trimmed(text.substr(0, text.size() - unit.size())));
    if (!number || *number > INT64_MAX >> 31) return std::nullopt;
    return *number << shift;
  }
  return std::nullopt;
}

Expanded expand(std::string_view text, const Expansions& known) {
  Expanded out;
  while (!text.empty()) {
    const auto percent = text.find('%');
    out.text += text.substr(0, percent);
    text.remove_prefix(std::min(percent, text.size()));
    if (text.empty()) break;
    const auto close = text.starts_with("%(") ? text.find(')') : std::string_view::npos;
    const auto end = close == std::string_view::npos ? close : text.find_first_of("sd", close);
    if (end == std::string_view::npos) {
      out.text += '%';
      text.remove_prefix(text.starts_with("%%") ? 2 : 1);
      continue;
    }
    const auto name = text.substr(2, close - 2);
    const auto found = known.find(name);
    if (found != known.end()) {
      out.text += formatted(text.substr(close + 1, end - close), found->second);
    } else {
      out.unknown = name;
      if (name.starts_with("ENV_")) out.from_environment.emplace_back(name.substr(4));
      out.text += name.starts_with("ENV_") ? fmt::format("${{{}}}", name.substr(4))
                                           : std::string(text.substr(0, end + 1));
    }
    text.remove_prefix(end + 1);
  }
  return out;
}

Result<std::vector<std::pair<std::string, std::string>>> parse_environment(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  std::string item;
  char quote = 0;
  const auto finish = [&]() -> Status {
    if (trimmed(item).empty()) return {};
    const auto equals = item.find('=');
    if (equals == std::string::npos)
      return fail(Code::invalid, "expected KEY=\"value\", with commas between");
    auto words = split_shell_words(std::string_view(item).substr(equals + 1));
    if (!words) return std::unexpected(words.error());
    std::string value;
    for (const std::string& word : *words) value += value.empty() ? word : " " + word;
    out.emplace_back(trimmed(item.substr(0, equals)), value);
    item.clear();
    return {};
  };
  for (const char c : text) {
    if (quote != 0) {
      quote = c == quote ? 0 : quote;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == ',') {
      if (auto good = finish(); !good) return std::unexpected(good.error());
      continue;
    }
    item += c == '\n' ? ' ' : c;
  }
  if (auto good = finish(); !good) return std::unexpected(good.error());
  return out;
}

}  // namespace steward::convert
