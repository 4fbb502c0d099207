#pragma once

#include <stop_token>
#include <string>

#include "base/result.hpp"

namespace steward::store {

/// Whether the file begins as a SQLite database does; not when it cannot be read.
bool is_database(const std::string& path);

/// SQLite's own integrity_check of a database that nobody uses, together with a write-ahead log that lies
/// beside it. Changes neither, and follows no link. Code::corrupt says the first thing that is wrong with it;
/// Code::timeout: it was stopped; others: it cannot be looked at (a module of SQLite's is missing, say).
Status check_database(const std::string& path, const std::stop_token& stop);

}  // namespace steward::store
