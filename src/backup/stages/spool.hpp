#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace steward::backup {

/// Text that is written once and read back in pieces, in a few MiB of memory however long it is: what is
/// beyond them lies in a file without a name in $TMPDIR or /var/tmp, which is gone with the process. One
/// thread.
class Spool {
 public:
  Status append(std::string_view bytes);
  std::int64_t size() const { return written_ + static_cast<std::int64_t>(memory_.size()); }
  /// At most `length` bytes from `offset`, fewer only at the end; valid until the next call of any method.
  Result<std::string_view> read(std::int64_t offset, std::size_t length);

 private:
  Status spill();

  std::string memory_;  ///< behind the file
  Fd file_;
  std::int64_t written_ = 0;
  std::string window_;  ///< of the file
  std::int64_t window_at_ = 0;
};

}  // namespace steward::backup
