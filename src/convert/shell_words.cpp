#include "convert/shell_words.hpp"

#include <algorithm>

namespace steward::convert {

namespace {

bool is_plain(char c) {
  constexpr std::string_view kPlain = "@%+=:,./-_";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kPlain.find(c) != std::string_view::npos;
}

/// Takes one quoted or bare piece from the front of `text` and adds it to `word`; false: a quote never ends.
bool take_piece(std::string_view& text, std::string& word) {
  const char quote = text[0];
  if (quote == '\'') {
    const auto end = text.find('\'', 1);
    if (end == std::string_view::npos) return false;
    word += text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return true;
  }
  if (quote != '"') {
    const std::size_t at = quote == '\\' && text.size() > 1 ? 1 : 0;
    if (at == 0 || text[1] != '\n') word += text[at];
    text.remove_prefix(at + 1);
    return true;
  }
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return true;
    }
    const bool escaped = text[i] == '\\' && i + 1 < text.size() &&
                         std::string_view("\"\\$`").find(text[i + 1]) != std::string_view::npos;
    word += text[escaped ? ++i : i];
  }
  return false;
}

}  // namespace

Result<std::vector<std::string>> split_shell_words(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  std::vector<std::string> words;
  while (true) {
    const auto begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    std::string word;
    while (!text.empty() && kSpace.find(text[0]) == std::string_view::npos) {
      const char quote = text[0];
      if (!take_piece(text, word)) return fail(Code::invalid, "a {} has no end; close the quote", quote);
    }
    words.push_back(std::move(word));
  }
}

std::string shell_quoted(std::string_view word) {
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return std::string(word);
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string shell_quoted(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ' ';
    out += shell_quoted(word);
  }
  return out;
}

std::string escape_literal(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"' || c == '$' || c == '`') out += '\\';
    out += c;
  }
  return out;
}

std::string_view variable_at(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size()) {
    const char c = text[size];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && (size == 0 || c < '0' || c > '9')) break;
    ++size;
  }
  return text.substr(0, size);
}

}  // namespace steward::convert
