#pragma once

#include <memory>

#include "backup/jobs/configured.hpp"

namespace steward::backup {

/// The store of `settings`, for whoever keeps something there for this host or rehearses it: the shipper, a
/// run, a drill. A folder that holds no store although something of ours went to one there is refused, and
/// nothing is made in it: that is a mount point without its disk. A store of another identity than the facts
/// know (the next of several disks) is taken: what is known of backups in the other one is forgotten, as it
/// is of a job whose newest backup somebody has removed, so scheduled jobs run at once. `existing` is ours to
/// say. Blocks as a disk does: not for the agent's control thread, which knows a store by its place alone and
/// by what we leave in the facts.
Result<std::unique_ptr<objects::ObjectStore>> open_own_store(const config::Settings& settings,
                                                             Opening opening);

}  // namespace steward::backup
