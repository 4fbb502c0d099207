#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "logs/follower.hpp"

namespace steward::logs {

/// Counts the lines of all bots' logs, a bounded number of bytes at each look, and keeps the counts and how
/// far they go in one file. What it shows is always saved: after a kill -9 it goes on from there, and no
/// count was seen that is greater. Control thread only.
class Watch {
 public:
  struct Subject {
    std::string_view bot, run;  ///< run: the newest; empty: none yet
  };

  /// Where the runs of a bot lie.
  using RunsFolder = std::function<std::string(std::string_view bot)>;

  /// Goes on from what `file` holds. That it cannot be read is a trouble, and the counts begin anew.
  Watch(std::string file, RunsFolder runs_folder);

  void look(std::span<const Subject> subjects);

  /// Null for a bot that was never seen.
  const Tally* tally(std::string_view bot) const;
  /// Why counts are not saved, or begin anew; empty: they are.
  const std::string& trouble() const { return trouble_; }

 private:
  void save();

  std::string file_;
  RunsFolder runs_folder_;
  Tallies shown_;  ///< as they are saved
  std::map<std::string, Follower, std::less<>> followers_;
  std::vector<char> buffer_;
  std::size_t first_ = 0;  ///< whose turn it is to be looked at first
  std::string trouble_;
};

}  // namespace steward::logs
