#pragma once

#include <array>
#include <map>
#include <string>
#include <type_traits>

#include "base/words.hpp"
#include "store/sqlite.hpp"

/// How the model's fields are kept in columns: numbers as INTEGER or REAL, texts as TEXT, maps and arrays as
/// words in a TEXT ("SIGKILL 3 0 12").
namespace steward::store {

/// Binds a row's columns one after the other; holds the texts it makes until the statement has run.
class Binder {
 public:
  explicit Binder(Stmt& statement) : statement_(statement) {}
  void begin() { at_ = 0, used_ = 0; }

  template <class T>
  void operator()(std::string_view, const T& field) {
    if constexpr (std::is_floating_point_v<T>) {
      statement_.bind(at_++, static_cast<double>(field));
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      statement_.bind(at_++, std::string_view(field));
    } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
      statement_.bind(at_++, static_cast<std::int64_t>(field));
    } else {
      std::string& text = scratch();
      for (const auto& item : field) append(text, item);
      statement_.bind(at_++, std::string_view(text));
    }
  }

 private:
  std::string& scratch() {
    if (used_ == texts_.size()) used_ = 0;
    texts_[used_].clear();
    return texts_[used_++];
  }
  static void append(std::string& text, std::int64_t number) { word(text, std::to_string(number)); }
  static void append(std::string& text, const std::string& item) { word(text, escape_word(item)); }
  template <class V>
  static void append(std::string& text, const std::pair<const std::string, V>& item) {
    append(text, item.first), append(text, item.second);
  }
  static void word(std::string& text, const std::string& word) {
    if (!text.empty()) text += ' ';
    text += word;
  }

  Stmt& statement_;
  int at_ = 0;
  std::array<std::string, 8> texts_;
  std::size_t used_ = 0;
};

/// Reads a row's columns one after the other.
class Taker {
 public:
  Taker(const Stmt& statement, int first) : statement_(statement), at_(first) {}

  template <class T>
  void operator()(std::string_view, T& field) {
    if constexpr (std::is_floating_point_v<T>) {
      field = statement_.real(at_++);
    } else if constexpr (std::is_same_v<T, std::string>) {
      field = statement_.text(at_++);
    } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
      field = static_cast<T>(statement_.integer(at_++));
    } else {
      const auto words = split_words(statement_.text(at_++));
      if (words && !words->empty()) take(field, *words);
    }
  }

 private:
  using Words = std::vector<std::string>;
  template <std::size_t N>
  static void take(std::array<std::int64_t, N>& field, const Words& words) {
    for (std::size_t i = 0; i < N && i < words.size(); ++i) field[i] = std::atoll(words[i].c_str());
  }
  template <class V>
  static void take(std::map<std::string, V>& field, const Words& words) {
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
      if constexpr (std::is_same_v<V, std::string>) {
        field[words[i]] = words[i + 1];
      } else {
        field[words[i]] = std::atoll(words[i + 1].c_str());
      }
    }
  }

  const Stmt& statement_;
  int at_;
};

/// The SQL type and default of a column.
template <class T>
constexpr std::string_view column_type() {
  if constexpr (std::is_floating_point_v<T>) return "REAL NOT NULL DEFAULT 0";
  if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) return "INTEGER NOT NULL DEFAULT 0";
  return "TEXT NOT NULL DEFAULT ''";
}

}  // namespace steward::store
