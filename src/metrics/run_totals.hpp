#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace steward::metrics {

/// Counters whose source begins at 0 with every run of a process (its CPU time, the agent's own counts),
/// summed over runs, so that what is exposed never falls when a bot, the agent or the keeper starts anew. The
/// agent saves them before it exposes them: a new agent goes on from what was shown last. One thread.
class RunTotals {
 public:
  /// The total, now that this run's value is `value`. A value that fell within a run counts as its greatest.
  std::int64_t update(std::string_view key, std::string_view run, std::int64_t value);
  /// The total as it was last, 0 when there is none.
  std::int64_t total(std::string_view key) const;
  bool known(std::string_view key) const { return entries_.contains(key); }

  /// One line of words for each counter (base/words.hpp): key, sum of earlier runs, run, its greatest value.
  std::string text() const;
  static Result<RunTotals> parse(std::string_view text);

  /// Whether anything changed since saved().
  bool changed() const { return changed_; }
  void saved() { changed_ = false; }

 private:
  struct Entry {
    std::int64_t before = 0;
    std::string run;
    std::int64_t greatest = 0;
  };
  std::map<std::string, Entry, std::less<>> entries_;
  bool changed_ = false;
};

/// The totals in `path`; none when there is no such file.
Result<RunTotals> load_totals(const std::string& path);

/// Replaces the file when there is something new. Survives the death of the agent, not necessarily a power
/// cut: the file is not flushed, since it is written every second.
Status save_totals(const std::string& path, RunTotals& totals);

}  // namespace steward::metrics
