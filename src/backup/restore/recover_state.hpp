#pragma once

#include <string>

#include "base/result.hpp"

namespace steward::backup {

/// Makes a state folder that was restored below `to` one that a keeper can go on from: its bots' users can
/// reach their journals (folders above those of an archive are made closed), and no run record names a
/// process any more: on the machine that it came from that process may live, and is another keeper's.
Status settle_state(const std::string& to, const std::string& state);

/// Of these only that no run record names a process any more.
Status forget_all_processes(const std::string& state);

/// Makes the folder that a restore goes into, unless it is there, open to pass through from the start: a
/// killed restore's successor cannot know whose it is.
Status make_target(const std::string& to);

}  // namespace steward::backup
