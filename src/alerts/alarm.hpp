#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace steward::alerts {

enum class Severity : std::uint8_t { info, warning, critical };
enum class AlarmState : std::uint8_t { pending, firing, acknowledged, resolved };

/// Sorted by name; no name twice.
using LabelSet = std::vector<std::pair<std::string, std::string>>;

/// A rule whose expression holds now for one label set. A plain value, made anew each second.
struct Condition {
  std::uint32_t rule = 0;  ///< its place in the rule set
  LabelSet labels;         ///< those of the expression's result and of the rule
  double value = 0;        ///< of the expression's left side, for people
};

/// What became of one label set of one rule. Owned by the life cycle; shown to people, stored in steward.db
/// and copied into notifications. A plain value.
struct Alarm {
  std::uint64_t fingerprint = 0;  ///< of rule name and labels
  std::string rule;
  LabelSet labels;
  Severity severity = Severity::warning;
  AlarmState state = AlarmState::pending;
  std::string summary;  ///< one sentence with the numbers, as of the newest value
  std::string runbook;  ///< where to look: a path of docs/runbooks or an address; may be empty
  double value = 0;
  WallNs pending_since = 0;
  WallNs firing_since = 0;                       ///< 0: not yet
  WallNs resolved_at = 0;                        ///< 0: not yet
  std::string acknowledged_by, acknowledgement;  ///< who and their comment; empty: nobody
  std::vector<std::string> done;                 ///< what Steward did about it, one sentence each
};

}  // namespace steward::alerts
