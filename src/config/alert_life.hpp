#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "config/secrets.hpp"

namespace steward::config {

struct Reading;
class TableReader;

/// One `[[alert.inhibit]]`: while a source fires, its targets are not told. The matchers are checked by
/// alerts::check_rules().
struct AlertInhibit {
  std::string source, target;
  std::vector<std::string> equal;
  int line = 0;
};

/// The part of `[alert]` that is about the life of alarms. A plain value.
struct AlertLife {
  std::vector<AlertInhibit> inhibits;
  std::string deadman_url;    ///< asked again and again while alarms work; empty: none, or a secret one
  SecretPlace deadman_place;  ///< where it is kept when it is secret
  std::int64_t deadman_interval = 60 * kSecond;
  std::vector<std::string> on_agent_dead;  ///< run by the keeper when the agent stays dead; empty: none

  bool has_deadman() const { return !deadman_url.empty() || !deadman_place.none(); }
};

/// Reads `inhibit`, `deadman_…` and `on_agent_dead` of `[alert]`.
void read_alert_life(TableReader& alert, AlertLife& out, Reading& reading);
/// Makes the keys of one `[[alert.inhibit]]` known to known_keys().
void know_alert_life(Reading& reading);

}  // namespace steward::config
