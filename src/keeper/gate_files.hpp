#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "keeper/gate.hpp"

namespace steward::keeper {

/// Puts the gate in place of the file, durably. A gate that closes is written into the file itself when there
/// is no room for another: whoever reads it half written finds a gate that is no gate, which counts as
/// closed.
Status write_gate(const std::string& path, const Gate& gate);

/// The epoch that follows; one that was lost with a corrupt file must still only grow: it goes on far above
/// any count.
std::uint64_t next_epoch(const Gate& gate, WallNs now);

/// Closes gates without the keeper, which does not answer: of one bot, or of all ("*"). Bots that read their
/// gate send no new order; those that do not go on, as only the keeper could stop them. The names of those
/// that were closed, or are already; fails when there is none, or one of them stays open.
Result<std::vector<std::string>> close_gate_files(const std::string& state, const std::string& bot_or_all,
                                                  const std::string& reason, WallNs now);

}  // namespace steward::keeper
