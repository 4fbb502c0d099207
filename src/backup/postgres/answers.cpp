#include "backup/postgres/answers.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "backup/stages/hash.hpp"
#include "base/utf8.hpp"

namespace steward::backup {

namespace {

constexpr std::size_t kMostTold = 600;
constexpr std::size_t kLongestName = 1024;

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::string_view line_of(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// The fields of one line, decoded; none unless there are `count` of them.
std::optional<std::vector<std::string>> fields_of(std::string_view line, std::size_t count) {
  std::vector<std::string> fields;
  while (fields.size() < count) {
    const auto end = std::min(line.find('|'), line.size());
    auto field = bytes_of_hex(line.substr(0, end));
    if (!field || field->size() > kLongestName || !is_utf8(*field)) return std::nullopt;
    fields.push_back(std::move(*field));
    if (end == line.size()) break;
    line.remove_prefix(end + 1);
    if (fields.size() == count) return std::nullopt;
  }
  if (fields.size() != count) return std::nullopt;
  return fields;
}

std::string doubled(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) out.append(c == quote ? 2 : 1, c);
  return out + quote;
}

void hide(std::string& text, std::string_view secret) {
  if (secret.size() < 4) return;  // it would hide half the words
  for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; ++at)
    text.replace(at, secret.size(), "…");
}

/// What follows "password" behind '=', a quote or a blank and a quote: in URLs, parameters, SQL.
void hide_passwords(std::string& text) {
  constexpr std::string_view kWord = "password";
  std::string small = text;
  std::ranges::transform(small, small.begin(), [](unsigned char c) { return std::tolower(c); });
  for (std::size_t at = small.rfind(kWord); at != std::string::npos;
       at = at == 0 ? std::string::npos : small.rfind(kWord, at - 1)) {
    std::size_t from = at + kWord.size();
    while (from < text.size() && (text[from] == ' ' || text[from] == '=')) ++from;
    if (from == text.size() || from == at + kWord.size()) continue;
    const char quote = text[from];
    const bool quoted = quote == '\'' || quote == '"';
    if (!quoted && text[from - 1] != '=') continue;  // only a word of a sentence
    const auto end = quoted ? text.find(quote, from + 1) : text.find_first_of(" &", from);
    text.replace(from, end == std::string::npos ? end : end - from + (quoted ? 1 : 0), "…");
  }
}

}  // namespace

int major_of(std::int64_t version) {
  return static_cast<int>(version >= 100000 ? version / 10000 : version / 10000 * 100 + version / 100 % 100);
}

std::string major_text(int major) {
  return major >= 100 ? fmt::format("{}.{}", major / 100, major % 100) : fmt::format("{}", major);
}

int major_of_tool(std::string_view version_line) {
  constexpr std::string_view kSays = "(PostgreSQL) ";
  const auto at = version_line.find(kSays);
  if (at == std::string_view::npos) return 0;
  version_line.remove_prefix(at + kSays.size());
  const auto digits = [&] {
    const auto end = std::min(version_line.find_first_not_of("0123456789"), version_line.size());
    const int number = number_of<int>(version_line.substr(0, end)).value_or(0);
    version_line.remove_prefix(std::min(end + 1, version_line.size()));
    return number;
  };
  const int first = digits();
  if (first <= 0 || first > 999) return 0;
  return first >= 10 ? first : std::min(first * 100 + digits(), 999);
}

Result<std::int64_t> parse_number(std::string_view answer) {
  const auto number = number_of<std::int64_t>(line_of(answer));
  if (!number || !answer.empty()) return fail(Code::corrupt, "psql gave no number where one was asked for");
  return *number;
}

Result<ServerFacts> parse_server_facts(std::string_view answer) {
  auto fields = fields_of(line_of(answer), 6);
  const auto version = fields ? number_of<std::int64_t>((*fields)[0]) : std::nullopt;
  const auto objects = fields ? number_of<std::int64_t>((*fields)[5]) : std::nullopt;
  if (!version || !objects || !answer.empty() || *version < 80000 || *version > 9'999'999)
    return fail(Code::corrupt, "psql's answer of what the server is cannot be read");
  return ServerFacts{
      *version, std::move((*fields)[1]), std::move((*fields)[2]), std::move((*fields)[3]), (*fields)[4],
      *objects};
}

Result<std::vector<TableRows>> parse_row_counts(std::string_view answer, std::size_t most) {
  const auto corrupt = [] {
    return fail(Code::corrupt, "psql gave no list of tables where one was asked for");
  };
  const auto count = number_of<std::size_t>(line_of(answer));
  if (!count) return corrupt();
  if (*count > most) return fail(Code::invalid, "there are more than {} tables", most);
  std::vector<TableRows> tables;
  while (!answer.empty()) {
    auto fields = fields_of(line_of(answer), 3);
    const auto rows = fields ? number_of<std::int64_t>((*fields)[2]) : std::nullopt;
    if (!rows || tables.size() == *count) return corrupt();
    tables.push_back({std::move((*fields)[0]), std::move((*fields)[1]), *rows});
  }
  if (tables.size() == *count) return tables;
  return fail(Code::unavailable, "of {} tables the rows of {} could not be counted", *count,
              *count - tables.size());
}

std::string quoted_name(std::string_view name) {
  return doubled(name, '"');
}

std::string quoted_text(std::string_view text) {
  return doubled(text, '\'');
}

std::string told_by(std::string_view said, std::string_view secret) {
  std::string text;
  for (int lines = 0; lines < 4 && !said.empty(); ++lines) {
    const auto line = line_of(said);
    if (!text.empty() && !line.empty()) text += "; ";
    text += line;
  }
  std::ranges::replace_if(text, [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  hide(text, secret);
  hide_passwords(text);
  if (text.size() > kMostTold) {
    text.resize(kMostTold);
    for (int cut = 0; cut < 3 && !is_utf8(text); ++cut) text.pop_back();
  }
  if (!is_utf8(text)) std::ranges::replace_if(text, [](unsigned char c) { return c >= 0x80; }, '?');
  return text.empty() ? "it said nothing" : text;
}

}  // namespace steward::backup
