#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "backup/manifest/manifest.hpp"
#include "os/fd.hpp"

struct stat;

namespace steward::backup {

/// What is left out, as `tar --exclude` does: shell patterns in which * crosses '/'. One without '/' is
/// matched with the name alone, one with it with the path below the source. A folder that matches is left out
/// whole.
class Excludes {
 public:
  /// `store` is the URL of the store that the backup goes to: of a folder, that one is left out too, or each
  /// backup would hold all earlier ones.
  explicit Excludes(std::vector<std::string> patterns, std::string_view store = {});
  bool match(const std::string& below, const std::string& name) const;
  /// Whether the real path, without leading '/', is the store or in it.
  bool in_store(std::string_view path) const;

 private:
  std::vector<std::string> patterns_;
  std::string store_;  // without leading '/'; empty: none of this machine
};

/// Something that was found: its entry without hash, and the folder and name to open it by.
struct Found {
  int folder = -1;
  std::string name;
  Entry entry;
  std::string absolute() const { return "/" + entry.path; }
};

struct Visitor {
  std::function<Status(const Found&)> found;
  std::function<void(std::string)> note;  ///< what was left out, and why
};

/// The absolute real paths that an absolute path or, when there is none, shell pattern means, sorted, none
/// within another. Code::not_found when there is none.
Result<std::vector<std::string>> roots_of(const std::string& pattern);

/// Visits `root` (as roots_of gives it) and everything below, folders before their content, names in order.
/// Never follows a symbolic link. What vanishes meanwhile is noted; what cannot be read fails.
Status walk(const std::string& root, const Excludes& excludes, const Visitor& visitor);

/// Why a file or folder of a source cannot be read, with how to mend it.
std::unexpected<Error> cannot_read(int error, const std::string& path);
/// The metadata of an entry, as stat says.
Entry entry_of(std::string path, const struct ::stat& info);

}  // namespace steward::backup
