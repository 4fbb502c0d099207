#include "os/pidfd.hpp"

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace steward {

namespace {

/// struct pidfd_info of <linux/pidfd.h>, 6.15 and later; Debian 12's headers do not have it.
struct PidfdInfo {
  std::uint64_t mask;
  std::uint64_t cgroup_id;
  std::uint32_t ids[11];
  std::int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64);
constexpr std::uint64_t kExitBit = 1U << 3;
constexpr unsigned long kGetInfo = _IOWR(0xFF, 11, PidfdInfo);

}  // namespace

Result<Fd> open_pidfd(pid_t pid) {
  const long fd = ::syscall(SYS_pidfd_open, pid, 0);
  if (fd >= 0) return Fd(static_cast<int>(fd));
  // EINVAL is what some kernels say of a process that is just dying.
  if (errno == ESRCH || errno == EINVAL) return fail(Code::not_found, "no process {}", pid);
  return fail_errno(errno, fmt::format("pidfd_open {}", pid));
}

Status send_signal(int pidfd, int signal) {
  if (::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0) return {};
  if (errno == ESRCH) return fail(Code::not_found, "the process has ended");
  return fail_errno(errno, "pidfd_send_signal");
}

std::optional<int> reaped_wait_status(int pidfd) {
  PidfdInfo info{};
  info.mask = kExitBit;
  if (::ioctl(pidfd, kGetInfo, &info) != 0 || (info.mask & kExitBit) == 0) return std::nullopt;
  return info.exit_code;
}

}  // namespace steward
