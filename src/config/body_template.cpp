#include "config/body_template.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>

namespace steward::config {

namespace {

/// `alarms` is an array and `left_out` a number; the others are text, for between two quotes.
constexpr std::array<std::string_view, 11> kNames{"alarms", "created",  "dashboard", "group", "host", "key",
                                                  "kind",   "left_out", "severity",  "text",  "title"};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<std::string> fill_template(std::string_view text,
                                  const std::function<std::string(std::string_view name)>& content) {
  std::string out;
  while (true) {
    const auto begin = text.find("{{");
    out += text.substr(0, begin);
    if (begin == std::string_view::npos) return out;
    const auto end = text.find("}}", begin);
    if (end == std::string_view::npos) return fail(Code::invalid, "a {{{{ without its }}}}");
    const std::string_view name = trimmed(text.substr(begin + 2, end - begin - 2));
    if (std::ranges::find(kNames, name) == kNames.end())
      return fail(Code::invalid, "there is no {{{{{}}}}}; the names are {}", name, fmt::join(kNames, ", "));
    out += content(name);
    text.remove_prefix(end + 2);
  }
}

Status check_template(std::string_view text) {
  const auto filled = fill_template(text, [](std::string_view name) -> std::string {
    return name == "alarms" ? "[]" : name == "left_out" ? "0" : "x";
  });
  if (!filled) return std::unexpected(filled.error());
  boost::system::error_code error;
  boost::json::parse(*filled, error);
  if (error)
    return fail(Code::invalid,
                "it is not JSON once it is filled ({}); texts stand between quotes, such as {{\"text\": "
                "\"{{{{title}}}}\"}}",
                error.message());
  return {};
}

}  // namespace steward::config
