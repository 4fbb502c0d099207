#pragma once

#include <string>

#include "base/result.hpp"

namespace steward::backup {

/// Makes a state folder that was restored below `to` one that a keeper can go on from: its bots' users can
/// reach their journals (folders above those of an archive are made closed), and no run record names a
/// process any more: on the machine that it came from that process may live, and is another keeper's.
/// `to_is_new`: the folder `to` was made by the restore.
Status settle_state(const std::string& to, bool to_is_new, const std::string& state);

}  // namespace steward::backup
