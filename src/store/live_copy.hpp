#pragma once

#include <string>

#include "base/result.hpp"

namespace steward::store {

/// Copies a database that others are writing to (`path` has no symbolic link in it) into the new file `to`
/// (0600), consistent as of one moment, by SQLite's backup API. Writers go on: in WAL mode they notice
/// nothing; with a rollback journal they wait for milliseconds at a time, and only when they never pause for
/// as long as one copy takes. A failure leaves no file: not_found, conflict (locked for more than ten
/// seconds), corrupt (no database), unavailable (disk full).
Status copy_live(const std::string& path, const std::string& to);

}  // namespace steward::store
