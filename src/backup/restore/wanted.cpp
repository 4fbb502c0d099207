#include "backup/restore/wanted.hpp"

#include "backup/ship/tail_restore.hpp"

namespace steward::backup {

namespace {

/// The entry of `files`, those of the backup that is restored, whose content is this one of the backup
/// `from`.
Result<std::optional<Entry>> entry_for(FileList& files, const std::string& from, const Entry& content) {
  auto found = files.find(content.path);
  if (!found || !*found) return found;
  const Entry& entry = **found;
  const bool same = entry.in == from && entry.sha256 == content.sha256 && entry.size == content.size;
  return same ? std::move(*found) : std::nullopt;
}

}  // namespace

void want(WantedFrom& wanted, const std::string& time, const Entry& file) {
  Wanted& from = wanted[file.in.empty() ? time : file.in];
  ++from.files;
  from.bytes += file.size;
}

Result<bool> Take::begin(const Entry& entry) {
  if (!is_chosen(entry.path, only_)) return false;
  entry_ = entry;
  if (files_ != nullptr) {
    auto found = entry_for(*files_, from_, entry);
    if (!found) return std::unexpected(found.error());
    if (!*found) return false;
    entry_ = std::move(**found);
  }
  return opened(entry_);
}

Result<OpenedBackup> open_older(objects::ObjectStore& store, const Manifest& newest, const std::string& time,
                                const std::vector<Identity>& identities, bool must_read) {
  auto older = open_backup(store, newest.job, time, identities, must_read);
  if (older) return older;
  const bool gone = older.error().code() == Code::not_found;
  return fail(older.error(), "{}/{} needs the backup {}{}", newest.job, newest.time, time,
              gone ? ", which is not there any more; take another one (--at TIME)" : "");
}

Status check_taken(const Take& taker, const Wanted& wanted, OpenedBackup& newest, OpenedBackup& older,
                   const std::vector<std::string>& only) {
  if (taker.taken() == wanted.files) return {};
  std::string missing = "a file";
  static_cast<void>(newest.files.each([&](const Entry& entry) -> Status {
    if (entry.in != older.manifest.time || !is_chosen(entry.path, only)) return {};
    auto found = older.files.find(entry.path);
    if (!found) return std::unexpected(found.error());
    const bool same =
        *found && (*found)->in.empty() && (*found)->sha256 == entry.sha256 && (*found)->size == entry.size;
    if (same) return {};
    missing = entry.path;
    return fail(Code::cancelled, "found");
  }));
  return fail(Code::corrupt, "the backup {}/{} does not hold {} as {} needs it", newest.manifest.job,
              older.manifest.time, missing, newest.manifest.time);
}

}  // namespace steward::backup
