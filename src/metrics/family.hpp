#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "metrics/label.hpp"
#include "metrics/negotiate.hpp"
#include "metrics/number.hpp"
#include "metrics/series_source.hpp"

namespace steward::metrics {

enum class Kind { counter, gauge, histogram, untyped, info };

/// What a registry counts over all its families.
struct Budget {
  std::size_t lines = 0;         ///< samples that are exposed now
  std::uint64_t generation = 0;  ///< grows whenever a series comes or goes
  /// Of the current pass: samples refused because the bound was reached, the series was set twice, or a name,
  /// a label or a counter's value is not allowed.
  std::int64_t dropped_full = 0, dropped_duplicate = 0, dropped_invalid = 0;
};

/// One metric family and the text of all its samples, which is kept: a value that changed is written into its
/// place, and lines are moved only when a value's length changed. Owned by a Registry; one thread.
class Family {
 public:
  /// Takes no new series once all families together have `most_lines`.
  Family(std::string name, std::string help, Kind kind, std::vector<Number> bounds, std::size_t most_lines,
         Budget& budget);
  ~Family() { budget_.lines -= lines_.size(); }
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;

  const std::string& name() const { return name_; }
  Kind kind() const { return kind_; }
  bool empty() const { return series_.empty(); }

  /// The series' value in this pass. A label set counts as the same in any order. What cannot be taken (set
  /// twice, a bad label, a counter's value below 0, no room) is counted in the budget, and false is returned.
  bool set(Labels labels, Number value);
  bool set(std::initializer_list<Label> labels, Number value) {
    return set(Labels(labels.begin(), labels.size()), value);
  }
  /// A histogram's series: `counts` of each bucket alone, one more than there are bounds.
  bool set_histogram(Labels labels, std::span<const std::int64_t> counts, Number sum);

  /// Series that are not set between begin() and end() are no longer exposed.
  void begin();
  void end(std::string& scratch);

  /// Its series whose samples are called by the family's name and `suffix` ("_bucket" has a line for each
  /// bound, with the label le). The numbers stay where they are until the generation grows.
  void each_series(std::string_view suffix, const SeriesSource::Visit& visit) const;

  /// HELP, TYPE and all samples.
  void append_to(std::string& out, Format format, std::string& scratch);

 private:
  struct Line {
    std::uint32_t value_at = 0;
    std::uint8_t value_size = 0;
    bool changed = false;
    Number value;
  };
  struct Series {
    const std::string* key;  ///< in by_key_
    std::uint32_t pass;
  };
  struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
  };

  std::size_t lines_each() const { return kind_ == Kind::histogram ? bounds_.size() + 3 : 1; }
  void make_key(Labels labels);
  /// The series' index, or nothing when it was refused.
  std::optional<std::size_t> touch(Labels labels);
  std::optional<std::size_t> add(Labels labels);
  void add_line(std::string_view suffix, Labels labels, std::string_view le);
  void set_line(std::size_t index, Number value);
  void write_changes(std::string& scratch);
  void splice(std::string& scratch);
  std::size_t line_begin(std::size_t index) const;
  void append_header(std::string& out, Format format) const;

  std::string name_, help_;
  Kind kind_;
  std::vector<Number> bounds_;
  std::size_t most_lines_;
  Budget& budget_;
  std::string text_;
  std::vector<Line> lines_;  ///< lines_each() for each series
  std::vector<Series> series_;
  std::unordered_map<std::string, std::uint32_t, KeyHash, std::equal_to<>> by_key_;
  std::vector<std::uint32_t> changed_;
  std::string key_;       ///< scratch: the key of the labels in hand
  std::size_t next_ = 0;  ///< the series expected now: most passes come in the order of the one before
  std::uint32_t pass_ = 1;
};

}  // namespace steward::metrics
