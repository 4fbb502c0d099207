#pragma once

#include "config/settings.hpp"
#include "config/table_reader.hpp"

namespace steward::config {

/// [objects] and every [[backup]].
void read_backups(TableReader& root, Settings& out, Reading& reading);

/// One [[backup]]; null members stand for none, so that its keys are known.
Backup read_backup(const Node::Table* members, int line, Reading& reading);

}  // namespace steward::config
