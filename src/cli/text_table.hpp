#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace steward::cli {

// Colours, as terminals number them.
inline constexpr std::string_view kGreen = "32", kYellow = "33", kRed = "31", kBold = "1", kDim = "2";

struct Cell {
  std::string text;
  std::string_view colour = {};
};
struct Column {
  std::string_view title;
  bool right = false;  ///< flush right, for numbers
};

/// The text in that colour, when `colour` is wanted.
std::string paint(const std::string& text, std::string_view code, bool colour);

/// Text of others (a bot's reason or status) on one line, without control characters.
std::string one_line(std::string text);

/// A line of titles, then one for each row, which has a cell for each column.
std::string text_table(const std::vector<Column>& columns, const std::vector<std::vector<Cell>>& rows,
                       bool colour);

}  // namespace steward::cli
