#include "keeper/start.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <ctime>

#include "base/fnv.hpp"
#include "base/log.hpp"
#include "os/boot.hpp"
#include "os/files.hpp"
#include "os/process.hpp"
#include "os/unix_socket.hpp"

namespace steward::keeper {

namespace {

constexpr std::size_t kUlidLength = 26;
constexpr std::int64_t kLockPatience = 5 * kSecond;

/// Whether the process that wrote its pid into the lock file is still there.
bool holder_lives(const std::string& holder) {
  pid_t pid = 0;
  std::from_chars(holder.data(), holder.data() + holder.size(), pid);
  return pid > 1 && (::kill(pid, 0) == 0 || errno != ESRCH);
}

Status wait_for_lock(int lock, const Layout& layout) {
  const SystemClock clock;
  const MonoNs deadline = clock.mono() + kLockPatience;
  while (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_errno(errno, "cannot lock " + layout.lock());
    auto holder = read_file(layout.lock(), 64).value_or("");
    while (!holder.empty() && holder.back() == '\n') holder.pop_back();
    // A keeper killed while it was starting a bot leaves the lock to that child until its exec: a moment.
    if (holder_lives(holder) || clock.mono() > deadline) {
      return fail(Code::conflict,
                  "another keeper (pid {}) keeps {}: `steward status` shows it; stop it first, or give "
                  "another --state",
                  holder.empty() ? "unknown" : holder, layout.state());
    }
    const timespec pause{.tv_sec = 0, .tv_nsec = kMillisecond};
    ::nanosleep(&pause, nullptr);
  }
  return {};
}

Result<Fd> take_lock(const Layout& layout) {
  auto lock = open_file(layout.lock(), O_RDWR | O_CREAT, 0600);
  if (!lock) return lock;
  if (auto held = wait_for_lock(lock->get(), layout); !held) return std::unexpected(held.error());
  const std::string text = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock->get(), 0) != 0 || ::pwrite(lock->get(), text.data(), text.size(), 0) < 0) {
    log::warning("cannot write our pid into {}", layout.lock());  // a full disk: the lock itself holds
  }
  return lock;
}

/// Room for many bots' descriptors; the limit that we had is kept for the bots.
Status raise_files_limit(LauncherSettings& settings) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_errno(errno, "getrlimit");
  settings.files_soft = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_errno(errno, "setrlimit");
  settings.files_max = limit.rlim_cur;
  return {};
}

Status take_handoff(Beginning& beginning) {
  const char* note = std::getenv(kHandoffVariable);
  if (note == nullptr) return {};
  const auto text = read_file(note, 1 << 20);
  auto handoff = text ? parse_handoff(*text) : std::unexpected(text.error());
  ::unlink(note);
  ::unsetenv(kHandoffVariable);
  if (!handoff) return std::unexpected(handoff.error());
  beginning.handoff = std::move(*handoff);
  beginning.upgraded = true;
  beginning.lock.reset(beginning.handoff.lock);
  for (const auto& [bot, run] : beginning.handoff.runs) {
    ::fcntl(run.notify, F_SETFD, FD_CLOEXEC);
    ::fcntl(run.output, F_SETFD, FD_CLOEXEC);
  }
  ::fcntl(beginning.handoff.lock, F_SETFD, FD_CLOEXEC);
  ::fcntl(beginning.handoff.control, F_SETFD, FD_CLOEXEC);
  return {};
}

void take_cgroups(Beginning& beginning) {
  const std::string label = fmt::format("steward-{:016x}", fnv1a64(beginning.state));
  auto tree = CgroupTree::open(find_cgroups(), label);
  if (!tree) {
    beginning.no_cgroups = "no control groups, so only descendants of a living keeper can be proved gone: " +
                           tree.error().text();
    return;
  }
  if (!tree->no_memory_limit().empty()) {
    log::warning("memory_max limits each process's data only: {}", tree->no_memory_limit());
  }
  beginning.launcher.cgroups = std::move(*tree);
}

Status make_state(const std::string& state) {
  if (auto made = make_folders(state); !made) return made;
  const Layout layout(state);
  for (const std::string& folder : {layout.keeper_runs(), layout.bots(), layout.notify()}) {
    if (auto made = make_folders(folder); !made) return made;
  }
  // Bots of other users reach their own sockets by name; nobody else learns the names.
  if (::chmod(layout.notify().c_str(), 0711) != 0) return fail_errno(errno, layout.notify());
  return {};
}

}  // namespace

Result<Beginning> prepare_start(const std::string& state) {
  Beginning beginning;
  if (auto made = make_state(state); !made)
    return fail(made.error(), "the state folder {} cannot be used", state);
  auto whole = real_path(state);
  if (!whole) return std::unexpected(whole.error());
  beginning.state = std::move(*whole);
  const Layout layout(beginning.state);
  if (const std::size_t longest = layout.notify().size() + 1 + kUlidLength; longest > kLongestSocketPath) {
    return fail(Code::invalid,
                "the state folder's path {} is {} bytes too long for the sockets in it; choose a shorter one",
                beginning.state, longest - kLongestSocketPath);
  }
  if (auto taken = take_handoff(beginning); !taken) return std::unexpected(taken.error());
  if (!beginning.upgraded) {
    auto lock = take_lock(layout);
    if (!lock) return std::unexpected(lock.error());
    beginning.lock = std::move(*lock);
  }
  if (auto raised = raise_files_limit(beginning.launcher); !raised) return std::unexpected(raised.error());
  if (beginning.upgraded) beginning.launcher.files_soft = beginning.handoff.files_soft;
  beginning.predecessor_died = exists(layout.running());
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return fail_errno(errno, "prctl");
  auto boot = boot_id();
  if (!boot) return std::unexpected(boot.error());
  const auto ns = pid_namespace();
  if (!ns) return std::unexpected(ns.error());
  beginning.launcher.boot_id = std::move(*boot);
  beginning.launcher.pid_namespace = *ns;
  take_cgroups(beginning);
  return beginning;
}

}  // namespace steward::keeper
