#pragma once

#include <map>
#include <string>
#include <vector>

#include "backup/restore/archive_reader.hpp"

namespace steward::backup {

/// Files that are to come out of one backup's archives.
struct Wanted {
  std::int64_t files = 0;
  std::int64_t bytes = 0;
};

/// By the backup that has the content.
using WantedFrom = std::map<std::string, Wanted>;
/// Adds a file of the backup `time`.
void want(WantedFrom& wanted, const std::string& time, const Entry& file);

/// Takes wanted files; the content must be what the backup that is restored says, too.
class Take : public FileTaker {
 public:
  /// `files` are those of the backup that is restored, `from` is the older one that is read; none and empty
  /// when it is the same. All of it outlives this.
  Take(FileList* files, std::string from, const std::vector<std::string>& only)
      : files_(files), from_(std::move(from)), only_(only) {}
  Result<bool> begin(const Entry& entry) override;
  Status data(std::int64_t, std::string_view) override { return {}; }
  Status end(const Entry&) override {
    ++taken_;
    return kept(entry_);
  }
  std::int64_t taken() const { return taken_; }

 protected:
  virtual Result<bool> opened(const Entry&) { return true; }
  virtual Status kept(const Entry&) { return {}; }

 private:
  FileList* files_;
  std::string from_;
  const std::vector<std::string>& only_;
  Entry entry_;
  std::int64_t taken_ = 0;
};

/// open_backup() of the older one that `newest` needs; an error says so.
Result<OpenedBackup> open_older(objects::ObjectStore& store, const Manifest& newest, const std::string& time,
                                const std::vector<Identity>& identities, bool must_read);

/// Whether the older backup gave every file that the newest needs of it; Code::corrupt names one.
Status check_taken(const Take& taker, const Wanted& wanted, OpenedBackup& newest, OpenedBackup& older,
                   const std::vector<std::string>& only);

}  // namespace steward::backup
