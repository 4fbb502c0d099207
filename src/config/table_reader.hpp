#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"
#include "config/problem.hpp"

namespace steward::config {

/// Where the reading of one file collects what is wrong with it, and which keys it asked for.
struct Reading {
  std::string file;
  Problems problems;
  std::vector<std::string> asked;

  template <class... Args>
  void problem(int line, fmt::format_string<Args...> format, Args&&... args) {
    problems.push_back({file, line, fmt::format(format, std::forward<Args>(args)...)});
  }
};

/// Takes typed values out of one TOML table. A key that is absent leaves the variable as it is; a value of
/// the wrong kind or out of its range is a problem of the reading and leaves it too. finish() reports the
/// keys nobody asked for. Each getter returns the line of the value, 0 when it is absent or bad.
class TableReader {
 public:
  /// `name` is what the table is called in messages, e.g. "[steward]" ; `path` its place in known_keys(). A
  /// null `table` stands for an absent one. Borrows all three.
  TableReader(const Node::Table* table, std::string name, std::string path, Reading& reading)
      : table_(table), name_(std::move(name)), path_(std::move(path)), reading_(reading) {}

  int text(std::string_view key, std::string& out) { return text(key, out, false); }
  /// A text that may have several lines.
  int lines(std::string_view key, std::string& out) { return text(key, out, true); }
  int truth(std::string_view key, bool& out);
  int integer(std::string_view key, std::int64_t& out, std::int64_t least, std::int64_t most);
  int duration(std::string_view key, std::int64_t& out, std::int64_t least);
  int bytes(std::string_view key, std::int64_t& out, std::int64_t least);
  int texts(std::string_view key, std::vector<std::string>& out);
  /// A path, made absolute from the folder of the file.
  int path(std::string_view key, std::string& out);
  /// The member, whatever its kind; null when absent.
  const Member* any(std::string_view key);
  /// The tables of an array of them, such as [[bot]]; none when it is absent, no array, or has more than
  /// `most`. An item that is no table is a problem and left out.
  std::vector<const Node*> tables(std::string_view key, std::size_t most);
  /// A table below this one; `line` gets its line. Read it also when absent, so that its keys are known.
  TableReader table(std::string_view key, int& line);

  /// Reports every key that no getter asked for, with the nearest one that is known.
  void finish();

  TableReader(const TableReader&) = delete;

 private:
  int text(std::string_view key, std::string& out, bool several_lines);
  const Member* expect(std::string_view key, std::string_view what, bool right_kind(const Node&));
  std::string full(std::string_view key) const {
    return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
  }

  const Node::Table* table_;
  std::string name_, path_;
  Reading& reading_;
  std::vector<std::string_view> known_;
};

/// `path`, or when it is relative the same below the folder of `file`. Without "." and doubled slashes at the
/// front.
std::string absolute_from(const std::string& file, const std::string& path);

}  // namespace steward::config
