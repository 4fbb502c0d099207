#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backup/meter.hpp"
#include "backup/sources/walk.hpp"
#include "backup/stages/tar.hpp"
#include "os/fd.hpp"

namespace steward::backup {

/// A file opened for its backup; what it holds is taken up to the size it has now.
struct OpenFile {
  Fd fd;
  Entry entry;                  ///< as it is at this moment
  std::vector<Extent> extents;  ///< empty: no holes
};

/// None when it has vanished or is no regular file any more. Never waits for a pipe, never follows a link.
Result<std::optional<OpenFile>> open_found(const Found& found);

/// The parts of a file that are no holes; empty when it has none, or more than it pays to list.
std::vector<Extent> extents_of(int fd, std::int64_t size);

/// Reads the file whole and gives it to `tar` after its header. Sets the entry's hash, and `changed` when it
/// was written to meanwhile; `growing` of a file that is only ever appended to: then growth is no change.
Status put_file(OpenFile& file, bool growing, TarWriter& tar, Meter* meter = nullptr);

}  // namespace steward::backup
