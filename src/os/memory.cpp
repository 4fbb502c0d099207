#include "os/memory.hpp"

#include <malloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "os/files.hpp"

namespace steward {

namespace {

/// "7f00-7f40 r-xp 00002000 fe:00 123    /usr/lib/…": code of a file, which nobody can have written to. A
/// page that was written to would be lost, so no other kind of mapping may be given back.
void give_back_code(std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos || !line.substr(space).starts_with(" r-xp ") ||
      line.find(" /") == line.npos)
    return;
  std::uintptr_t begin = 0, end = 0;
  const char* const text = line.data();
  const auto dash = std::from_chars(text, text + space, begin, 16);
  if (dash.ec != std::errc{} || dash.ptr == text + space || *dash.ptr != '-') return;
  if (std::from_chars(dash.ptr + 1, text + space, end, 16).ec != std::errc{} || end <= begin) return;
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace

void give_back_start_up_memory() {
  ::malloc_trim(0);
  const auto maps = read_file("/proc/self/maps", 4 << 20);
  if (!maps) return;
  for (std::string_view rest = *maps; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    give_back_code(line);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
}

void map_large_pieces() {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 20);  // which the line above fixed at an eighth of that
}

}  // namespace steward
