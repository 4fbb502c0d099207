#pragma once

#include <concepts>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/table.hpp"

namespace steward::journal {

/// A run that is being read. Rows are in the order in which the runs of a bot lived.
struct RunCursor {
  std::string bot, run;
  bool ended = false;  ///< the keeper said so
};

/// How far a segment of such a run was folded.
struct SegmentCursor {
  std::string bot, run;
  int number = 0;
  std::int64_t offset = 0;
  bool shrunk = false;  ///< became shorter than what was read: not read again
};

inline std::string key_of(const RunCursor& row) {
  return key_from(row.bot, row.run);
}
inline std::string key_of(const SegmentCursor& row) {
  return key_from(row.bot, row.run, row.number);
}

template <class R, class Visit>
  requires std::same_as<std::remove_const_t<R>, RunCursor>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("run", r.run), visit("ended", r.ended);
}
template <class R, class Visit>
  requires std::same_as<std::remove_const_t<R>, SegmentCursor>
void columns(R& r, Visit&& visit) {
  visit("bot", r.bot), visit("run", r.run), visit("number", r.number), visit("byte_offset", r.offset);
  visit("shrunk", r.shrunk);
}

/// Runs that are over and were read to their end. 16 bytes each: there may be many.
class DoneRuns {
 public:
  bool contains(const std::string& bot, std::string_view run) const;
  void add(const std::string& bot, std::string_view run);
  void remove(const std::string& bot, std::string_view run);
  /// As it was read from the database.
  void restore(const std::string& bot, std::string_view run);

  std::vector<std::pair<std::string, std::string>> all() const;
  /// Since the last commit: (bot, run, whether it was added).
  struct Change {
    std::string bot, run;
    bool added = true;
  };
  const std::vector<Change>& changes() const { return changes_; }
  void committed() { changes_.clear(); }
  void touch_all();

 private:
  using Packed = std::pair<std::uint64_t, std::uint64_t>;
  static Packed pack(std::string_view ulid);
  static std::string unpack(Packed bits);

  std::map<std::string, std::vector<Packed>> runs_;  // sorted
  std::vector<Change> changes_;
};

/// What a reader has to remember to go on where it was; kept in state.db together with what was folded.
struct Cursors {
  Table<RunCursor> runs;
  Table<SegmentCursor> segments;
  DoneRuns done;
};

}  // namespace steward::journal
