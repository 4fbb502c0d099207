#include "os/spawn.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>

// The child shares the parent's memory: it makes system calls on prepared data and nothing else. Sanitizers
// must not instrument it, or its never-returning frames would poison the parent's view of the stack.
#define STEWARD_CHILD_CODE __attribute__((no_sanitize("address", "undefined", "thread"), noinline))

namespace steward {

namespace {

enum class Step : int {
  none,
  join,
  session,
  descriptors,
  limits,
  nice,
  note,
  groups,
  gid,
  uid,
  folder,
  death,
  exec
};

std::string_view step_text(Step step) {
  switch (step) {
    case Step::join:
      return "joining its cgroup";
    case Step::session:
      return "setsid";
    case Step::descriptors:
      return "setting up standard input and output";
    case Step::limits:
      return "setting its limits";
    case Step::nice:
      return "setting its priority";
    case Step::note:
      return "writing its pid into the run record";
    case Step::groups:
      return "setting its groups";
    case Step::gid:
      return "changing to its group";
    case Step::uid:
      return "changing to its user";
    case Step::folder:
      return "changing to its working folder";
    case Step::death:
      return "tying its life to ours";
    case Step::exec:
      return "exec";
    case Step::none:
      break;
  }
  return "clone3";
}

/// Everything the child needs, as plain pointers.
struct Orders {
  const SpawnSpec* spec;
  char* const* argv;
  char* const* envp;
  const char* const* programs;  // candidates for exec, ended by nullptr
  const int* joins;
  std::size_t join_count;
  const gid_t* groups;
  std::size_t group_count;
  const char* folder;
  pid_t parent;
  volatile Step failed = Step::none;
  volatile int error = 0;
};

STEWARD_CHILD_CODE long call(long number, long a = 0, long b = 0, long c = 0, long d = 0) {
  return ::syscall(number, a, b, c, d);
}

[[noreturn]] STEWARD_CHILD_CODE void give_up(Orders* orders, Step step) {
  orders->error = errno;
  orders->failed = step;
  while (true) call(SYS_exit_group, 127);
}

STEWARD_CHILD_CODE void check(Orders* orders, Step step, long result) {
  if (result < 0) give_up(orders, step);
}

STEWARD_CHILD_CODE void reset_signals() {
  struct {
    void* handler = nullptr;  // SIG_DFL
    unsigned long flags = 0;
    void* restorer = nullptr;
    unsigned long mask = 0;
  } standard;
  for (int signal = 1; signal <= 64; ++signal) {
    call(SYS_rt_sigaction, signal, reinterpret_cast<long>(&standard), 0, 8);  // KILL and STOP refuse, rightly
  }
  unsigned long none = 0;
  call(SYS_rt_sigprocmask, SIG_SETMASK, reinterpret_cast<long>(&none), 0, 8);
}

STEWARD_CHILD_CODE void set_descriptors(Orders* orders) {
  const SpawnSpec& spec = *orders->spec;
  const long null = call(SYS_openat, AT_FDCWD, reinterpret_cast<long>("/dev/null"), O_RDWR | O_CLOEXEC);
  check(orders, Step::descriptors, null);
  // Sources below 3 would be overwritten by the first dup; the keeper never has such.
  check(orders, Step::descriptors, call(SYS_dup3, spec.in < 0 ? null : spec.in, 0, 0));
  check(orders, Step::descriptors, call(SYS_dup3, spec.out < 0 ? null : spec.out, 1, 0));
  const int error = spec.error < 0 ? spec.out : spec.error;
  check(orders, Step::descriptors, call(SYS_dup3, error < 0 ? null : error, 2, 0));
  if (call(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) < 0) {
    for (long fd = 3; fd < 4096; ++fd) call(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);  // Linux before 5.11
  }
}

STEWARD_CHILD_CODE void set_limit(Orders* orders, int resource, rlim_t soft, bool hard) {
  struct rlimit limit{};
  check(orders, Step::limits, call(SYS_prlimit64, 0, resource, 0, reinterpret_cast<long>(&limit)));
  limit.rlim_cur = !hard && soft > limit.rlim_max ? limit.rlim_max : soft;
  if (hard) limit.rlim_max = soft;
  check(orders, Step::limits, call(SYS_prlimit64, 0, resource, reinterpret_cast<long>(&limit)));
}

STEWARD_CHILD_CODE void note_pid(Orders* orders) {
  char digits[10];
  long pid = call(SYS_getpid);
  for (int i = 9; i >= 0; --i, pid /= 10) digits[i] = static_cast<char>('0' + pid % 10);
  const SpawnSpec& spec = *orders->spec;
  if (call(SYS_pwrite64, spec.pid_note, reinterpret_cast<long>(digits), 10, spec.pid_note_at) != 10) {
    give_up(orders, Step::note);
  }
}

[[noreturn]] STEWARD_CHILD_CODE void child_main(Orders* orders) {
  const SpawnSpec& spec = *orders->spec;
  reset_signals();
  for (std::size_t i = 0; i < orders->join_count; ++i) {
    check(orders, Step::join, call(SYS_write, orders->joins[i], reinterpret_cast<long>("0"), 1));
  }
  if (spec.new_session) check(orders, Step::session, call(SYS_setsid));
  if (spec.pid_note >= 0) note_pid(orders);
  set_descriptors(orders);
  if (spec.files_max > 0) set_limit(orders, RLIMIT_NOFILE, spec.files_max, true);
  if (spec.files_max == 0 && spec.files_soft > 0) set_limit(orders, RLIMIT_NOFILE, spec.files_soft, false);
  if (spec.data_max > 0) set_limit(orders, RLIMIT_DATA, spec.data_max, true);
  if (spec.nice != 0) check(orders, Step::nice, call(SYS_setpriority, PRIO_PROCESS, 0, spec.nice));
  if (spec.change_user) {
    // The raw calls change this task alone; glibc's wrappers would signal the parent's threads.
    check(
        orders, Step::groups,
        call(SYS_setgroups, static_cast<long>(orders->group_count), reinterpret_cast<long>(orders->groups)));
    check(orders, Step::gid, call(SYS_setresgid, spec.gid, spec.gid, spec.gid));
    check(orders, Step::uid, call(SYS_setresuid, spec.uid, spec.uid, spec.uid));
  }
  if (spec.die_with_us) {  // a change of user would undo it
    check(orders, Step::death, call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL));
    if (call(SYS_getppid) != orders->parent) call(SYS_exit_group, 127);  // it was too late for the signal
  }
  check(orders, Step::folder, call(SYS_chdir, reinterpret_cast<long>(orders->folder)));
  int worst = ENOENT;
  for (const char* const* program = orders->programs; *program != nullptr; ++program) {
    call(SYS_execve, reinterpret_cast<long>(*program), reinterpret_cast<long>(orders->argv),
         reinterpret_cast<long>(orders->envp));
    if (errno != ENOENT && errno != ENOTDIR) worst = errno;
  }
  errno = worst;
  give_up(orders, Step::exec);
}

/// clone3 whose child runs child_main(orders) on the stack that `args` names and never returns here.
long clone_child(clone_args* args, Orders* orders) {
  long result = 0;
#if defined(__x86_64__)
  register Orders* first asm("r12") = orders;
  register void (*entry)(Orders*) asm("r13") = child_main;
  asm volatile(
      "syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\txor %%ebp, %%ebp\n\tmov %%r12, %%rdi\n\tcall "
      "*%%r13\n\tud2\n1:"
      : "=a"(result)
      : "a"(SYS_clone3), "D"(args), "S"(sizeof *args), "r"(first), "r"(entry)
      : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long number asm("x8") = SYS_clone3;
  register long x0 asm("x0") = reinterpret_cast<long>(args);
  register long x1 asm("x1") = sizeof *args;
  register Orders* first asm("x19") = orders;
  register void (*entry)(Orders*) asm("x20") = child_main;
  asm volatile("svc #0\n\tcbnz x0, 1f\n\tmov x29, #0\n\tmov x0, x19\n\tblr x20\n\tbrk #1\n1:"
               : "+r"(x0)
               : "r"(number), "r"(x1), "r"(first), "r"(entry)
               : "memory", "cc");
  result = x0;
#else
#error "spawn: write the clone3 call for this processor"
#endif
  if (result < 0) {
    errno = static_cast<int>(-result);
    return -1;
  }
  return result;
}

constexpr std::size_t kStackSize = 64 * 1024;

void* child_stack() {
  static void* const stack =
      ::mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  return stack;
}

long clone_with(Orders* orders, int* pidfd, int cgroup) {
  clone_args args{};
  args.flags = CLONE_PIDFD | CLONE_VM | CLONE_VFORK;
  args.pidfd = reinterpret_cast<std::uint64_t>(pidfd);
  args.exit_signal = SIGCHLD;
  args.stack = reinterpret_cast<std::uint64_t>(child_stack());
  args.stack_size = kStackSize;
  if (cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(cgroup);
  }
  return clone_child(&args, orders);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> candidates(const SpawnSpec& spec) {
  const std::string& program = spec.args[0];
  if (program.find('/') != std::string::npos) return {program};
  std::string_view path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (const std::string& entry : spec.env) {
    if (entry.starts_with("PATH=")) path = std::string_view(entry).substr(5);
  }
  std::vector<std::string> out;
  while (true) {
    const auto colon = path.find(':');
    const std::string_view folder = path.substr(0, colon);
    out.push_back((folder.empty() ? "." : std::string(folder)) + "/" + program);
    if (colon == std::string_view::npos) return out;
    path.remove_prefix(colon + 1);
  }
}

/// Blocks every signal while it lives, so that none is handled on the shared memory in the child.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

Result<Spawned> spawn(const SpawnSpec& spec) {
  static std::mutex turn;
  if (spec.args.empty() || spec.args[0].empty())
    return fail(Code::invalid, "a command with no program cannot be started");
  if (child_stack() == MAP_FAILED) return fail(Code::unavailable, "no memory for a child's stack");
  const auto argv = pointers(spec.args);
  const auto envp = pointers(spec.env);
  const auto program_texts = candidates(spec);
  const auto programs = pointers(program_texts);
  Orders orders{.spec = &spec,
                .argv = argv.data(),
                .envp = envp.data(),
                .programs = programs.data(),
                .joins = spec.joins.data(),
                .join_count = spec.joins.size(),
                .groups = spec.groups.data(),
                .group_count = spec.groups.size(),
                .folder = spec.working_dir.c_str(),
                .parent = ::getpid()};
  int pidfd = -1;
  long pid = -1;
  int error = 0;
  {
    const std::lock_guard hold(turn);
    const SignalsBlocked quiet;
    pid = clone_with(&orders, &pidfd, spec.cgroup);
    error = errno;
  }
  if (pid < 0) return fail_errno(error, "cannot start " + spec.args[0] + ": clone3");
  Fd owned(pidfd);
  if (orders.failed != Step::none) {
    while (::waitpid(static_cast<pid_t>(pid), nullptr, 0) < 0 && errno == EINTR) {
    }
    const Step step = orders.failed;
    const std::string about = step == Step::folder ? std::string(step_text(step)) + " " + spec.working_dir
                                                   : std::string(step_text(step));
    return fail_errno(orders.error, fmt::format("cannot start {}: {}", spec.args[0], about));
  }
  return Spawned{static_cast<pid_t>(pid), std::move(owned)};
}

}  // namespace steward
