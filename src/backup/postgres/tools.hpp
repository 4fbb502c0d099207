#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "os/piped_process.hpp"

namespace steward::backup {

/// Where PostgreSQL's programs are: below `versions` as Debian has them (15/bin/pg_dump), and in `path`. A
/// value; no failure.
struct ToolFolders {
  std::string versions = "/usr/lib/postgresql";
  std::string path;  ///< as PATH; empty: that of the environment
};

/// A program of PostgreSQL and its major version.
struct Tool {
  std::string path;
  int major = 0;
};

/// psql: the newest, which speaks to servers of every version. Code::not_found says which package to install.
Result<Tool> find_psql(const ToolFolders& folders);

/// pg_dump or pg_restore of exactly that major version, else the next newer one: an older pg_dump cannot read
/// a newer server's catalogs, an older pg_restore no newer archive. Code::not_found says which package to
/// install.
Result<Tool> find_tool(const ToolFolders& folders, const std::string& name, int major);

/// The environment for these programs: ours (PGPASSFILE, PGSERVICEFILE, … reach libpq), messages in English.
std::vector<std::string> tool_environment();

/// A run of it in that environment, in large blocks.
PipedCommand command_of(const Tool& tool, std::vector<std::string> args);

/// PGPASSWORD, which no message may hold; empty: none.
std::string known_password();

}  // namespace steward::backup
