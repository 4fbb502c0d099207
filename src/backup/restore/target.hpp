#pragma once

#include <string>
#include <string_view>

#include "backup/manifest/manifest.hpp"
#include "os/fd.hpp"
#include "os/write_behind.hpp"

namespace steward::backup {

/// The folder that a restore writes into. Every path is entered part by part from it without following a
/// symbolic link, so nothing lands outside, whatever the archive and whoever else writes there. A file
/// appears under its name only when keep_file() is called; what was there before stays until then. One
/// thread.
class Target {
 public:
  /// Makes the folder when it is missing.
  static Result<Target> open(const std::string& path);
  Target(Target&&) = default;
  Target& operator=(Target&&) = default;
  ~Target();

  Result<bool> empty() const;
  /// Bytes that are free on its file system.
  Result<std::int64_t> free_bytes() const;

  /// A new file beside where `path` will be; one at a time.
  Status begin_file(const std::string& path);
  Status write(std::int64_t offset, std::string_view bytes);
  /// Sets size, mode, times (and owner), and gives the file its name.
  Status keep_file(const Entry& entry, bool owner);
  Status make_folder(const std::string& path);
  Status make_link(const Entry& entry, bool owner);
  /// Mode, times and owner of a folder, when everything in it is there.
  Status finish_folder(const Entry& entry, bool owner);
  /// An open file below the root, for what restores in place; no link is followed on the way nor as the file.
  Result<Fd> open_file_at(const std::string& path, int flags);
  /// Succeeds also when there is none.
  Status remove(const std::string& path);
  /// What was written is on the disk.
  Status sync() const;

 private:
  Target(std::string path, Fd root) : path_(std::move(path)), root_(std::move(root)) {}
  /// The folder that holds `path`, made as needed; kept open for the next.
  Result<int> parent(const std::string& path);
  Status enter(const std::string& folder);
  std::string name_of(const std::string& path) const { return path_ + "/" + path; }
  void drop_file();

  std::string path_;
  Fd root_;
  std::string entered_;  ///< the folder that `folder_` is, below the root; "" is the root
  Fd folder_;
  Fd file_;
  std::int64_t end_ = 0;  ///< of what was written into it
  WriteBehind behind_;
};

}  // namespace steward::backup
