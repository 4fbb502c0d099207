#pragma once

#include <string>
#include <vector>

#include "backup/restore/archive_reader.hpp"
#include "objects/object_store.hpp"

namespace steward::backup {

/// What of these backups of a job cannot be read before it was fetched from an archive class (GLACIER, …): by
/// the listing, and where that says so by HEAD, which knows of what was fetched already.
Result<std::vector<objects::ObjectInfo>> archived_objects(objects::ObjectStore& store, const std::string& job,
                                                          const std::vector<std::string>& times);

/// Fails with Code::denied when there is such an object: names every one with the command that fetches it.
Status check_fetched(objects::ObjectStore& store, const std::string& job,
                     const std::vector<std::string>& times);

/// A backup could not be read because of `error`: that, or, when it is refused because the manifest lies in
/// an archive class, which says how to fetch it.
std::unexpected<Error> unreadable(objects::ObjectStore& store, const std::string& job,
                                  const std::string& time, const Error& error);

/// open_backup(), with that error.
Result<OpenedBackup> open_readable(objects::ObjectStore& store, const std::string& job,
                                   const std::string& time, const std::vector<Identity>& identities,
                                   bool must_read);

/// How long a fetch takes and what it is called, for people: "3 to 5 hours".
std::string_view fetch_time(std::string_view storage_class);

/// The command that fetches an object of "s3://bucket/prefix" for a week; empty for another store.
std::string fetch_command(std::string_view place, std::string_view key);

}  // namespace steward::backup
