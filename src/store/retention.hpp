#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "journal/cursors.hpp"

namespace steward::store {

struct OldRun {
  std::string bot, run, folder;
  WallNs last_written = 0;
};

/// Runs that are over, folded to their end, not their bot's newest, and last written before `before`; oldest
/// first, `most` at most.
std::vector<OldRun> find_old_runs(const std::string& state_folder, const journal::DoneRuns& done,
                                  WallNs before, std::size_t most);

/// Deletes the folder and all in it.
Status delete_run(const OldRun& run);

/// Forgets runs whose folders are gone.
void forget_deleted(const std::string& state_folder, journal::DoneRuns& done);

}  // namespace steward::store
