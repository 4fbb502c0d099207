#include "base/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace steward {

std::uint64_t SystemRandom::next() {
  std::uint64_t value = 0;
  while (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
    if (errno != EINTR) std::abort();  // getrandom(2): eight bytes without flags fail in no other way
  }
  return value;
}

}  // namespace steward
