#include "cli/text_table.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/utf8.hpp"

namespace steward::cli {

namespace {

std::size_t width_of(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(std::max<std::size_t>(1, utf8_length(text)));
  return count;
}

}  // namespace

std::string paint(const std::string& text, std::string_view code, bool colour) {
  return colour && !code.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
}

std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

std::string text_table(const std::vector<Column>& columns, const std::vector<std::vector<Cell>>& rows,
                       bool colour) {
  std::vector<std::vector<Cell>> lines(1);
  for (const Column& column : columns) lines[0].push_back({std::string(column.title), kDim});
  lines.insert(lines.end(), rows.begin(), rows.end());
  std::vector<std::size_t> widths(columns.size());
  for (const auto& row : lines) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i].text));
  }
  std::string out;
  for (const auto& row : lines) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - width_of(row[i].text), ' ');
      const std::string text = paint(row[i].text, row[i].colour, colour);
      line += (i > 0 ? "  " : "") + (columns[i].right ? space + text : text + space);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

}  // namespace steward::cli
