#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "backup/ship/ship_state.hpp"
#include "backup/sources/walk.hpp"

namespace steward::backup {

/// Looks at what a job ships: all journals below a state folder with their runs' records; with `own` also
/// gates, what people stopped, and the configuration. Costs a few stat(2) for each bot that there is, however
/// many runs it had: a run that is neither its bot's newest nor was written to for a minute, and that the
/// state knows as shipped, is not looked at again. One thread.
class JournalWatch {
 public:
  struct Settings {
    std::string state;   ///< its real path
    std::string config;  ///< real path of the configuration; empty: not shipped
    bool own = false;
    std::vector<std::string> excludes;
  };
  explicit JournalWatch(Settings settings) : settings_(std::move(settings)), excludes_(settings_.excludes) {}

  /// What there is now. `state` tells what need not be looked at again. The error of something that
  /// cannot be read; what was found is given all the same.
  Status look(const ShipState& state, WallNs now, std::vector<Seen>& seen);

 private:
  struct Run {
    WallNs changed = -1;        ///< of its folder, when its segments were listed; -1: list them
    std::vector<int> segments;  ///< in order, of which so many are quiet for good:
    std::size_t quiet = 0;
  };
  struct Lane {
    std::string folder;  ///< of its runs
    WallNs changed = -1;
    std::set<std::string> known;      ///< every run that is there
    std::map<std::string, Run> runs;  ///< those that are looked at
  };

  void find_bots(WallNs now);
  void find_runs(Lane& lane, WallNs now);
  void look_at(Lane& lane, const ShipState& state, WallNs now, std::vector<Seen>& seen);
  /// False when nothing more will come of it.
  bool look_at(const std::string& folder, Run& run, bool newest, const ShipState& state, WallNs now,
               std::vector<Seen>& seen);
  void find_segments(const std::string& folder, Run& run, WallNs now);
  void small_file(const std::string& path, bool may_go, std::vector<Seen>& seen);
  /// What is not there is no trouble; of anything else nobody knows, so it has to be looked at again.
  void cannot_see(const Error& error);

  Settings settings_;
  Excludes excludes_;
  WallNs bots_changed_ = -1;
  std::map<std::string, Lane> lanes_;  ///< by bot
  Status trouble_;
  bool unseen_ = false;  ///< something of the run that is looked at
};

}  // namespace steward::backup
