// links: steward_keeper
// Death of a bot → first instruction of the next. Without arguments but STATE it is the measuring side:
//   restart_latency_bench measure KEEPER N   starts KEEPER on a new state folder, kills its bot N times,
//   prints p50, p99, max
// and `restart_latency_bench bot FILE` is the bot: its first act is to append CLOCK_MONOTONIC to FILE.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "keeper/plan.hpp"
#include "os/files.hpp"
#include "os/notifier.hpp"

namespace {

using namespace steward;

struct Birth {
  MonoNs at = 0;
  std::int64_t pid = 0;
};

/// Read before the C++ library sets itself up: as near to the first instruction as C++ comes.
MonoNs g_born = 0;
__attribute__((constructor(101))) void be_born() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  g_born = static_cast<MonoNs>(now.tv_sec) * kSecond + now.tv_nsec;
}

int bot(const char* path) {
  const Birth birth{g_born, ::getpid()};
  const int fd = ::open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (::write(fd, &birth, sizeof birth) != sizeof birth) return 1;
  Notifier::from_environment().ready();
  while (true) ::pause();
}

Birth wait_birth(const std::string& path, std::size_t number) {
  const SystemClock clock;
  for (const MonoNs deadline = clock.mono() + 30 * kSecond; clock.mono() < deadline;) {
    const auto bytes = read_file(path, 64 << 20);
    if (bytes && bytes->size() >= (number + 1) * sizeof(Birth)) {
      Birth birth;
      std::memcpy(&birth, bytes->data() + number * sizeof(Birth), sizeof birth);
      return birth;
    }
    const timespec pause{.tv_sec = 0, .tv_nsec = 2 * kMillisecond};
    ::nanosleep(&pause, nullptr);
  }
  std::fprintf(stderr, "the bot was not started again within 30 s\n");
  std::exit(1);
}

int measure(const char* self, const char* program, int count) {
  char folder[] = "/tmp/keeper-bench-XXXXXX";
  const std::string state = ::mkdtemp(folder);
  const std::string births = state + "/births";
  keeper::Plan plan;
  plan.bots.push_back(
      {.name = "bench", .args = {self, "bot", births}, .restart_delay = 0, .budget_count = 1'000'000});
  if (!swap_file(births, "") || !swap_file(state + "/plan", keeper::format_plan(plan))) return 1;
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl(program, program, "--state", state.c_str(), nullptr);
    ::_exit(127);
  }
  std::vector<double> ms;
  for (int i = 0; i < count; ++i) {
    const Birth birth = wait_birth(births, static_cast<std::size_t>(i));
    const timespec settle{.tv_sec = 0, .tv_nsec = 5 * kMillisecond};  // the next spare is being made
    ::nanosleep(&settle, nullptr);
    const MonoNs died = SystemClock{}.mono();
    ::kill(static_cast<pid_t>(birth.pid), SIGKILL);
    const Birth next = wait_birth(births, static_cast<std::size_t>(i) + 1);
    ms.push_back(static_cast<double>(next.at - died) / kMillisecond);
  }
  ::kill(child, SIGTERM);
  ::waitpid(child, nullptr, 0);
  std::ranges::sort(ms);
  const auto at = [&](double q) {
    return ms[static_cast<std::size_t>(q * static_cast<double>(ms.size() - 1))];
  };
  std::printf("restarts %d  p50 %.3f ms  p99 %.3f ms  max %.3f ms\n", count, at(0.5), at(0.99), ms.back());
  return std::system(("rm -r " + state).c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "bot") == 0) return bot(argv[2]);
  if (argc == 4 && std::strcmp(argv[1], "measure") == 0) {
    char self[4096] = {};
    if (::readlink("/proc/self/exe", self, sizeof self - 1) < 0) return 1;
    return measure(self, argv[2], std::atoi(argv[3]));
  }
  std::fprintf(stderr, "usage: restart_latency_bench measure KEEPER COUNT\n");
  return 2;
}
