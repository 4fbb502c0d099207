#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace steward::config {

inline constexpr std::string_view kDatabaseUrl = "postgresql://";

/// A PostgreSQL URL as libpq takes it: `postgresql://[user@][host][:port][,…][/database][?name=value&…]`.
struct DatabaseUrl {
  std::string authority;  ///< user, hosts and ports, as they stand
  std::string database;   ///< decoded; empty: the user's own
  std::string query;      ///< as it stands, without '?' and without dbname

  /// The same server and parameters, another database.
  std::string with_database(std::string_view name) const;
};

/// Code::invalid for what is no such URL, and for one with a password, which command lines would show.
Result<DatabaseUrl> parse_database_url(std::string_view url);

/// Whether the URL has a password: "postgresql://user:secret@host/db", "…?password=secret".
bool has_password(std::string_view url);

}  // namespace steward::config
