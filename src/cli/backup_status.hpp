#pragma once

#include <string>
#include <vector>

#include "backup/jobs/exposure.hpp"
#include "cli/command.hpp"

namespace steward::cli {

/// `steward backup status`: from the configuration and the jobs' files alone, agent or not.
int run_backup_status(const Options& options);

/// One job as people read it; times in the zone in use, UTC beside them.
std::string backup_status_text(const backup::JobView& view,
                               const std::vector<backup::SourceExposure>& exposed, WallNs now, bool colour);

}  // namespace steward::cli
