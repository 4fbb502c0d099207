#include "base/clock.hpp"

#include <ctime>

namespace steward {

namespace {
std::int64_t read(clockid_t id) {
  timespec now{};
  ::clock_gettime(id, &now);
  return static_cast<std::int64_t>(now.tv_sec) * kSecond + now.tv_nsec;
}
}  // namespace

WallNs SystemClock::wall() const {
  return read(CLOCK_REALTIME);
}
MonoNs SystemClock::mono() const {
  return read(CLOCK_MONOTONIC);
}

}  // namespace steward
