#include "backup/restore/archived.hpp"

#include <algorithm>

#include "backup/manifest/manifest.hpp"

namespace steward::backup {

Result<std::vector<objects::ObjectInfo>> archived_objects(objects::ObjectStore& store, const std::string& job,
                                                          const std::vector<std::string>& times) {
  std::vector<objects::ObjectInfo> archived;
  for (const std::string& time : times) {
    auto objects = objects::list_all(store, key_of(job, time, ""));
    if (!objects) return std::unexpected(objects.error());
    for (objects::ObjectInfo& object : *objects) {
      if (!object.archived) continue;
      auto now = store.head(object.key);
      if (!now) return std::unexpected(now.error());
      if (now->archived) archived.push_back(std::move(object));
    }
  }
  return archived;
}

Status check_fetched(objects::ObjectStore& store, const std::string& job,
                     const std::vector<std::string>& times) {
  const auto archived = archived_objects(store, job, times);
  if (!archived) return std::unexpected(archived.error());
  if (archived->empty()) return {};
  const bool deep = std::ranges::any_of(
      *archived, [](const auto& object) { return object.storage_class == "DEEP_ARCHIVE"; });
  std::string commands;
  for (const objects::ObjectInfo& object : *archived) {
    const std::string command = fetch_command(store.place(), object.key);
    commands += fmt::format("\n{}/{} lies in {}{}{}", store.place(), object.key, object.storage_class,
                            command.empty() ? "" : ": ", command);
  }
  return fail(
      Code::denied,
      "{} of the objects that are needed cannot be read before they are fetched from an archive: fetch "
      "them as below, then come again in {}, or take another backup (--at TIME){}",
      archived->size(), fetch_time(deep ? "DEEP_ARCHIVE" : "GLACIER"), commands);
}

std::unexpected<Error> unreadable(objects::ObjectStore& store, const std::string& job,
                                  const std::string& time, const Error& error) {
  if (error.code() != Code::denied) return std::unexpected(error);
  const Status there = check_fetched(store, job, {time});
  return std::unexpected(there ? error : there.error());
}

Result<OpenedBackup> open_readable(objects::ObjectStore& store, const std::string& job,
                                   const std::string& time, const std::vector<Identity>& identities,
                                   bool must_read) {
  auto opened = open_backup(store, job, time, identities, must_read);
  if (!opened) return unreadable(store, job, time, opened.error());
  return opened;
}

/// Amazon S3 user guide, "Understanding archive retrieval options", Standard.
std::string_view fetch_time(std::string_view storage_class) {
  return storage_class == "DEEP_ARCHIVE" ? "12 hours" : "3 to 5 hours";
}

std::string fetch_command(std::string_view place, std::string_view key) {
  constexpr std::string_view kScheme = "s3://";
  if (!place.starts_with(kScheme)) return {};
  place.remove_prefix(kScheme.size());
  const auto slash = std::min(place.find('/'), place.size());
  const std::string_view prefix = place.substr(std::min(slash + 1, place.size()));
  return fmt::format(
      "aws s3api restore-object --bucket {} --key '{}{}{}' --restore-request "
      "'{{\"Days\":7,\"GlacierJobParameters\":{{\"Tier\":\"Standard\"}}}}'",
      place.substr(0, slash), prefix, prefix.empty() ? "" : "/", key);
}

}  // namespace steward::backup
