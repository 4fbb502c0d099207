#include "os/unix_address.hpp"

#include <fcntl.h>

#include <cstring>

#include "os/files.hpp"

namespace steward {

Result<UnixAddress> unix_address(const std::string& path) {
  UnixAddress made;
  made.address.sun_family = AF_UNIX;
  std::string name = path;
  if (name.size() >= sizeof made.address.sun_path) {
    auto folder = open_file(parent_of(path), O_PATH | O_DIRECTORY);
    if (!folder) return std::unexpected(folder.error());
    made.folder = std::move(*folder);
    name = fmt::format("/proc/self/fd/{}/{}", made.folder.get(), path.substr(path.rfind('/') + 1));
  }
  if (name.size() >= sizeof made.address.sun_path)
    return fail(Code::invalid, "the name of {} is too long for a socket", path);
  std::memcpy(made.address.sun_path, name.c_str(), name.size() + 1);
  return made;
}

}  // namespace steward
