// steward-keeper --state DIR: keeps what DIR/plan says. Started by `steward up`, by systemd or as PID 1 of a
// container.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "base/log.hpp"
#include "keeper/start.hpp"

namespace {

/// Descriptors 0 to 2 must be something, or a bot's file would become one of them.
void open_standard_descriptors() {
  int fd = 0;
  do {
    fd = ::open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= 2);
  if (fd > 2) ::close(fd);
}

int fail_start(const steward::Error& error) {
  steward::log::error("{}", error.text());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace steward;
  if (argc == 2 && std::strcmp(argv[1], "--version") == 0) {
    std::puts("steward-keeper " STEWARD_VERSION);
    return 0;
  }
  if (argc != 3 || std::strcmp(argv[1], "--state") != 0) {
    std::fputs("usage: steward-keeper --state DIR   (keeps what DIR/plan says)\n", stderr);
    return 2;
  }
  open_standard_descriptors();
  log::configure("keeper", log::Level::info);
  auto beginning = keeper::prepare_start(argv[2]);
  if (!beginning) return fail_start(beginning.error());
  auto loop = EventLoop::make();
  if (!loop) return fail_start(loop.error());
  keeper::Keeper keeper(std::move(*beginning), std::move(*loop));
  if (auto begun = keeper.begin(); !begun) return fail_start(begun.error());
  return keeper.run();
}
