#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

/// For fuzzers that write files: a folder of this process alone, in memory where there is such a disk; gone
/// with the process.
inline const std::string& fuzz_folder() {
  static const std::string& path = *[] {
    const bool memory = std::filesystem::is_directory("/dev/shm");
    std::string name = memory ? "/dev/shm/steward-fuzz-XXXXXX" : "/tmp/steward-fuzz-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    std::atexit([] { std::filesystem::remove_all(fuzz_folder()); });
    return new std::string(name);  // lives until the handler above has run
  }();
  return path;
}
