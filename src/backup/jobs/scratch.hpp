#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace steward::backup {

/// `STATE/backup/drill-JOB`, into which a drill of the job restores. It is not there before a drill, nor
/// afterwards; whoever holds the job's lock owns it.
std::string scratch_of(const std::string& work_folder, const std::string& job);

/// The copy of one SQLite database at a time, which a backup of the job reads.
std::string scratch_copy_of(const std::string& work_folder, const std::string& job);

/// Removes it, also folders in it that nobody may write to. Whether it was there.
Result<bool> remove_scratch(const std::string& path);

/// Names in the work folder of what drills and backups left, or use: of `job`, and of jobs that the settings
/// do not have any more.
std::vector<std::string> scratch_left(const std::string& work_folder, const config::Settings& settings,
                                      const std::string& job = {});

/// Removes what killed ones left of that, and ends the check commands that still run for it; the caller holds
/// the lock of `job` (empty: none). Says what was removed and what could not be, a sentence each.
std::vector<std::string> remove_left_scratch(const config::Settings& settings, const std::string& job);

}  // namespace steward::backup
