#include "alerts/channels/fit.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace steward::alerts {

namespace {

constexpr std::string_view kEllipsis = "…";  // one unit
constexpr std::string_view kReplacement = "\xef\xbf\xbd";
constexpr std::size_t kFewCharacters = 12;

/// Takes the next character off `text`; what cannot be shown is replaced.
std::string_view take_character(std::string_view& text) {
  const std::size_t length = utf8_length(text);
  const std::string_view character = length == 0 ? kReplacement : text.substr(0, length);
  text.remove_prefix(std::max<std::size_t>(length, 1));
  const auto byte = static_cast<unsigned char>(character[0]);
  const bool control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f;
  return control ? " " : character;
}

}  // namespace

void as_it_is(std::string& out, std::string_view character) {
  out += character;
}

void html_escape(std::string& out, std::string_view character) {
  if (character == "\"") {
    out += "&quot;";
  } else {
    slack_escape(out, character);
  }
}

void slack_escape(std::string& out, std::string_view character) {
  if (character == "&") {
    out += "&amp;";
  } else if (character == "<") {
    out += "&lt;";
  } else if (character == ">") {
    out += "&gt;";
  } else {
    out += character;
  }
}

void discord_escape(std::string& out, std::string_view character) {
  if (std::string_view("\\*_~`|>[]()#").contains(character)) out += '\\';
  out += character;
}

std::size_t units_of(std::string_view text) {
  std::size_t units = 0;
  while (!text.empty()) units += take_character(text).size() == 4 ? 2 : 1;
  return units;
}

std::string fit(std::string_view text, std::size_t most, Escape escape) {
  std::string out;
  std::size_t used = 0, whole_end = 0;  // up to whole_end the ellipsis has room after it
  while (!text.empty()) {
    const std::size_t before = out.size();
    escape(out, take_character(text));
    used += units_of(std::string_view(out).substr(before));
    if (used + 1 <= most) whole_end = out.size();
    if (used > most) {
      out.resize(whole_end);
      return most == 0 ? std::string() : out + std::string(kEllipsis);
    }
  }
  return out;
}

bool Bounded::add(std::string_view before, std::string_view text, std::string_view after,
                  std::size_t most_of_text) {
  const std::size_t markup = units_of(before) + units_of(after);
  if (markup + kFewCharacters > left_) return false;
  const std::string fitted = fit(text, std::min(most_of_text, left_ - markup), escape_);
  left_ -= markup + units_of(fitted);
  text_ += before;
  text_ += fitted;
  text_ += after;
  return true;
}

bool Bounded::add_raw(std::string_view markup) {
  const std::size_t units = units_of(markup);
  if (units > left_) return false;
  left_ -= units;
  text_ += markup;
  return true;
}

}  // namespace steward::alerts
