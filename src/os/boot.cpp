#include "os/boot.hpp"

#include "os/files.hpp"

namespace steward {

Result<std::string> boot_id() {
  auto text = read_file("/proc/sys/kernel/random/boot_id", 64);
  if (text && text->ends_with('\n')) text->pop_back();
  return text;
}

}  // namespace steward
