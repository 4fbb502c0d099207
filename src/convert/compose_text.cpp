#include "convert/compose_text.hpp"

#include <charconv>

#include "convert/shell_words.hpp"
#include "os/files.hpp"

namespace steward::convert {

namespace {

/// One variable at the front of `text`: "$NAME", "${NAME}", "${NAME:-default}".
struct Variable {
  std::string_view name;
  std::optional<std::string_view> fallback;
  std::size_t size = 0;  ///< of it all; 0: it is none
};

Variable variable_in(std::string_view text) {
  const bool braces = text.starts_with("${");
  Variable out;
  out.name = variable_at(text.substr(braces ? 2 : 1));
  if (out.name.empty()) return out;
  out.size = out.name.size() + (braces ? 2 : 1);
  if (!braces) return out;
  const auto close = text.find('}', out.size);
  if (close == std::string_view::npos) return {};
  auto rest = text.substr(out.size, close - out.size);
  out.size = close + 1;
  if (rest.starts_with(':')) rest.remove_prefix(1);
  if (rest.starts_with('-')) out.fallback = rest.substr(1);
  return out;
}

}  // namespace

Interpolated interpolate(std::string_view text) {
  Interpolated out;
  const auto literal = [&](std::string_view part) {
    out.text += part;
    out.script += escape_literal(part);
  };
  while (!text.empty()) {
    const auto dollar = text.find('$');
    literal(text.substr(0, dollar));
    text.remove_prefix(std::min(dollar, text.size()));
    if (text.empty()) break;
    const Variable variable = variable_in(text);
    if (variable.size == 0) {
      literal("$");
      text.remove_prefix(text.starts_with("$$") ? 2 : 1);
      continue;
    }
    if (variable.fallback) {
      literal(*variable.fallback);
    } else {
      out.unknown = variable.name;
      out.text += "${" + out.unknown + "}";
      out.script += "${" + out.unknown + "}";
    }
    text.remove_prefix(variable.size);
  }
  return out;
}

std::optional<std::int64_t> compose_bytes(std::string_view text) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !(number >= 0) || number > 1e15) return std::nullopt;
  std::string unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (char& c : unit) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (unit.size() > 1 && unit.ends_with('b')) unit.pop_back();
  constexpr std::string_view kLetters = "bkmgt";
  const auto power = unit.empty() ? 0 : kLetters.find(unit[0]);
  if (power == std::string_view::npos || unit.size() > 1) return std::nullopt;
  for (std::size_t i = 0; i < power; ++i) number *= 1024;
  if (number > 9e18) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::string beside(const std::string& file, const std::string& path) {
  if (path.starts_with('/')) return path;
  std::string_view rest = path;
  while (rest.starts_with("./")) rest.remove_prefix(2);
  const std::string folder = parent_of(file);
  return rest.empty() || rest == "." ? folder : folder + "/" + std::string(rest);
}

}  // namespace steward::convert
