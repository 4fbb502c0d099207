#pragma once

#include "config/settings.hpp"
#include "config/table_reader.hpp"
#include "schedule/schedule.hpp"

namespace steward::config {

/// [objects] and every [[backup]].
void read_backups(TableReader& root, Settings& out, Reading& reading);

/// Whether a source is what Steward itself writes: "journals" or "steward".
bool is_own(std::string_view source);

/// One [[backup]]; null members stand for none, so that its keys are known.
Backup read_backup(const Node::Table* members, int line, Reading& reading);

/// What a When that is not none() means in a zone.
Result<schedule::Schedule> schedule_of(const When& when, const std::string& zone);

}  // namespace steward::config
