#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "backup/manifest/file_list.hpp"
#include "backup/manifest/manifest.hpp"
#include "backup/stages/keys.hpp"
#include "backup/stages/tar.hpp"
#include "objects/object_store.hpp"

namespace steward::backup {

/// A backup's manifest with what opens its archives.
struct OpenedBackup {
  Manifest manifest;
  FileList files;
  Secret data_key;       ///< empty: not encrypted, or no identity opens it
  bool readable = true;  ///< the content, not only the ciphertext
};

/// Reads the manifest of JOB/TIME, finds the data key and checks the mac with it. Without a fitting identity
/// the backup is not readable; with `must_read` that is an error.
Result<OpenedBackup> open_backup(objects::ObjectStore& store, const std::string& job, const std::string& time,
                                 const std::vector<Identity>& identities, bool must_read);

/// Takes the content of files out of an archive.
class FileTaker {
 public:
  virtual ~FileTaker() = default;
  /// The next file, as the manifest has it. False: not wanted, though it is read and checked all the same.
  virtual Result<bool> begin(const Entry& entry) = 0;
  /// Parts in order of their offset; what lies between is zeros.
  virtual Status data(std::int64_t offset, std::string_view bytes) = 0;
  /// The file's size and hash are those of the manifest.
  virtual Status end(const Entry& entry) = 0;
};

/// Reads all archives of a readable backup to their ends and gives the files that they hold to `taker`.
/// Before end() of a file its hash was compared; before this returns, every hash, every archive's end, and
/// that the archives hold the files of the manifest in their order, none more and none fewer. Code::corrupt
/// names the first that is wrong. `taker` is called on the caller's thread. Memory: 24 MiB.
Status read_archives(objects::ObjectStore& store, OpenedBackup& backup, FileTaker& taker,
                     const std::stop_token& stop);

/// Compares the archives' hashes as they lie in the store, encrypted or not.
Status check_archives(objects::ObjectStore& store, const Manifest& manifest, const std::stop_token& stop);

}  // namespace steward::backup
