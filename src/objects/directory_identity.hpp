#pragma once

#include <string>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace steward::objects {

/// The store's own folder, `.steward-store` in its root; Code::not_found when there is none.
Result<Fd> open_own(int root, const std::string& place);

/// The identity that lies in it; empty when there is none, Code::corrupt when it is none.
Result<std::string> read_identity(int own);
/// For all time, or not at all. Under the store's lock.
Status write_identity(int own, const std::string& id);

}  // namespace steward::objects
