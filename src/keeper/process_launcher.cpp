#include "keeper/process_launcher.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/ulid.hpp"
#include "keeper/launcher_slots.hpp"
#include "os/files.hpp"
#include "os/pidfd.hpp"
#include "os/process.hpp"
#include "os/spawn.hpp"

namespace steward::keeper {

namespace {

/// Descriptors that no bot is started into: for itself (about eight), for the control socket, journals and
/// files read in passing.
constexpr std::uint64_t kReserve = 24;
constexpr const char* kFewDescriptors =
    "nearly all of the keeper's file descriptors are taken; raise its limit (LimitNOFILE=)";
/// Starts of a bot between looks at the logs of its older runs.
constexpr std::uint64_t kPruneEvery = 16;

}  // namespace

ProcessLauncher::ProcessLauncher(LauncherSettings settings, const Layout& layout, EventLoop& loop,
                                 const Clock& clock, Random& random, EventSink& events)
    : settings_(std::move(settings)),
      layout_(layout),
      loop_(loop),
      clock_(clock),
      random_(random),
      events_(events) {}

ProcessLauncher::~ProcessLauncher() {
  bury();
  for (const auto& [name, slot] : slots_) {
    if (!slot->spare) continue;
    ::unlink(slot->spare->notify_path.c_str());
    remove_run_folder(slot->spare->folder);
  }
}

ProcessLauncher::Slot& ProcessLauncher::slot_of(const BotSpec& spec) {
  auto& slot = slots_[spec.name];
  if (!slot) slot = std::make_unique<Slot>();
  slot->spec = spec;
  return *slot;
}

ProcessLauncher::Run* ProcessLauncher::run_of(const std::string& bot) const {
  const auto it = slots_.find(bot);
  return it == slots_.end() ? nullptr : it->second->run.get();
}

/// The kernel gives the lowest free number, so a new one tells how many are taken.
bool ProcessLauncher::enough_descriptors() {
  const Fd probe(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  const bool enough = probe && static_cast<std::uint64_t>(probe.get()) + kReserve <= settings_.files_max;
  if (enough == short_of_descriptors_) {
    trouble("descriptors", enough ? "bots can be started again" : kFewDescriptors, enough);
    short_of_descriptors_ = !enough;
  }
  return enough;
}

Status ProcessLauncher::make_spare(Slot& slot) {
  if (slot.spare) ::unlink(slot.spare->notify_path.c_str());
  slot.spare.reset();
  if (!enough_descriptors()) return fail(Code::unavailable, "{}", kFewDescriptors);
  const std::string socket = layout_.notify() + "/" + make_ulid(clock_.wall(), random_);
  auto files = make_run_files(layout_.spare(slot.spec), socket, slot.spec);
  if (!files) return std::unexpected(files.error());
  slot.spare = std::move(*files);
  slot.spare_uid = slot.spec.uid;
  slot.spare_gid = slot.spec.gid;
  return {};
}

Result<RunFiles> ProcessLauncher::take_spare(Slot& slot) {
  if (!slot.spare || slot.spare_uid != slot.spec.uid || slot.spare_gid != slot.spec.gid) {
    if (auto made = make_spare(slot); !made) return std::unexpected(made.error());
  }
  RunFiles files = std::move(*slot.spare);
  slot.spare.reset();
  return files;
}

Status ProcessLauncher::ready_cgroup(Slot& slot) {
  if (!settings_.cgroups) return {};
  if (slot.cgroup && slot.cgroup_used_up) {
    if (auto removed = slot.cgroup->remove(); !removed) return removed;
    slot.cgroup.reset();
  }
  if (!slot.cgroup) {
    auto made = settings_.cgroups->make(slot.spec.name);
    if (!made) return std::unexpected(made.error());
    slot.cgroup = std::move(*made);
    slot.cgroup_used_up = false;
    slot.memory_max = 0;
    slot.oom_kills = slot.cgroup->oom_kills();
  }
  if (slot.memory_max == slot.spec.memory_max) return {};
  if (settings_.cgroups->no_memory_limit().empty()) {
    if (auto set = slot.cgroup->limit_memory(slot.spec.memory_max); !set) return set;
  }
  slot.memory_max = slot.spec.memory_max;
  return {};
}

Result<Launched> ProcessLauncher::launch(const BotSpec& spec, std::uint64_t restarts) {
  Slot& slot = slot_of(spec);
  Status done = ready_cgroup(slot);
  Result<RunFiles> files = done ? take_spare(slot) : std::unexpected(done.error());
  if (!files) return std::unexpected(files.error());
  const std::string name = make_ulid(clock_.wall(), random_);
  const std::string folder = layout_.run(spec, name);
  if (::rename(files->folder.c_str(), folder.c_str()) != 0)
    return fail_errno(errno, "cannot make the folder " + folder);
  files->folder = folder;
  slot.run = std::make_unique<Run>(std::move(*files), log_writer(spec, folder));
  RunRecord& record = slot.run->record;
  record.bot = spec.name;
  record.run = name;
  record.boot_id = settings_.boot_id;
  record.pid_namespace = settings_.pid_namespace;
  record.spec = spec_hash(spec);
  record.notify = slot.run->files.notify_path;
  record.restarts = restarts;
  auto launched = begin(slot, *slot.run);
  if (!launched) {
    ::unlink(slot.run->files.notify_path.c_str());
    slot.run.reset();
    remove_run_folder(folder);
    return launched;
  }
  if (slot.starts++ % kPruneEvery == kPruneEvery - 1)
    compress_later({folder + "/none", spec.log_files, spec.log_max});
  spares_wanted_.push_back(spec.name);
  return launched;
}

Result<Launched> ProcessLauncher::begin(Slot& slot, Run& run) {
  const BotSpec& spec = slot.spec;
  RunRecord& record = run.record;
  auto environment = bot_environment(spec, run.files.folder, layout_.gate(spec), record.run, record.notify);
  if (!environment) return std::unexpected(environment.error());
  SpawnSpec spawn_spec{.args = spec.args,
                       .env = std::move(*environment),
                       .working_dir = spec.working_dir,
                       .out = run.files.output_bot.get(),
                       .pid_note = run.files.record.get(),
                       .pid_note_at = kRunRecordPidAt,
                       .change_user = spec.uid || spec.gid,
                       .uid = spec.uid.value_or(::getuid()),
                       .gid = spec.gid.value_or(::getgid()),
                       .groups = spec.groups,
                       .files_max = static_cast<std::uint64_t>(spec.files_max),
                       .files_soft = settings_.files_soft};
  if (slot.cgroup) {
    record.cgroup = slot.cgroup->path();
    record.memory_cgroup = slot.cgroup->memory_path();
    record.oom_before = slot.oom_kills;
    spawn_spec.cgroup = slot.cgroup->folder();
    // Moving takes milliseconds where being born into a group takes none: only a bot with a limit pays for
    // it.
    if (spec.memory_max > 0 && slot.cgroup->memory_procs() >= 0)
      spawn_spec.joins.push_back(slot.cgroup->memory_procs());
  }
  if (spec.memory_max > 0 && (!settings_.cgroups || !settings_.cgroups->no_memory_limit().empty())) {
    spawn_spec.data_max = static_cast<std::uint64_t>(spec.memory_max);
  }
  record.started = clock_.mono();
  if (auto written = write_record(run); !written) return std::unexpected(written.error());
  auto spawned = spawn(spawn_spec);
  run.files.output_bot.reset();
  if (!spawned) return std::unexpected(spawned.error());
  record.pid = spawned->pid;
  run.pidfd = std::move(spawned->pidfd);
  children_[record.pid] = &slot;
  if (const auto facts = process_facts(record.pid)) record.start_time = facts->start_time;
  if (auto written = write_record(run); !written) {
    log::warning("the record of {}'s run {} could not be finished: {}", spec.name, record.run,
                 written.error().text());
  }
  watch(slot);
  return Launched{.run = record.run, .pid = record.pid, .cgroup = record.cgroup};
}

Status ProcessLauncher::write_record(Run& run) {
  const auto bytes = format_run_record(run.record);
  if (!bytes) return std::unexpected(bytes.error());
  const ssize_t wrote = ::pwrite(run.files.record.get(), bytes->data(), bytes->size(), 0);
  if (wrote == static_cast<ssize_t>(bytes->size())) return {};
  return fail_errno(wrote < 0 ? errno : ENOSPC, "cannot write the record of run " + run.record.run);
}

void ProcessLauncher::signal(const std::string& bot, int signal) {
  Run* run = run_of(bot);
  if (run == nullptr || run->gone) return;
  if (auto sent = send_signal(run->pidfd.get(), signal); !sent && sent.error().code() != Code::not_found) {
    log::error("cannot send {} to {}: {}", signal_name(signal), bot, sent.error().text());
  }
  // A stopped process would not take it before somebody lets it run.
  if (signal != SIGKILL) [[maybe_unused]]
    const auto ignored = send_signal(run->pidfd.get(), SIGCONT);
}

void ProcessLauncher::kill(const std::string& bot) {
  Run* run = run_of(bot);
  if (run == nullptr) return;
  signal(bot, SIGKILL);
  Slot& slot = *slots_.find(bot)->second;
  if (slot.cgroup) {
    slot.cgroup_used_up = true;
    if (auto killed = slot.cgroup->kill(); !killed)
      log::error("cannot kill {}: {}", bot, killed.error().text());
    return;
  }
  for (const pid_t pid : leftovers(*run)) ::kill(pid, SIGKILL);
}

/// Without a control group: who is of the run's session, carries its environment, or descends from such.
std::vector<pid_t> ProcessLauncher::leftovers(const Run& run) const {
  // A record that was never filled in names nothing, and session 0 would be the rest of the machine.
  if (run.record.pid <= 1 || run.record.run.empty()) return {};
  // Of another boot nothing is left, and what has its numbers is somebody else's.
  if (run.record.boot_id != settings_.boot_id) return {};
  std::vector<pid_t> found;
  if (run.record.pid_namespace == settings_.pid_namespace) found = processes_of_session(run.record.pid);
  const auto marked = processes_with_environment("STEWARD_RUN=" + run.record.run);
  found.insert(found.end(), marked.begin(), marked.end());
  for (std::size_t i = 0, own = found.size(); i < own; ++i) {
    const auto below = descendants(found[i]);
    found.insert(found.end(), below.begin(), below.end());
  }
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  std::erase_if(found, [&](pid_t pid) {
    const auto facts = process_facts(pid);
    return pid == ::getpid() || !facts || facts->state == 'Z' || facts->state == 'X';
  });
  return found;
}

Result<bool> ProcessLauncher::clear(const std::string& bot) {
  const auto it = slots_.find(bot);
  if (it == slots_.end() || !it->second->run) return true;
  Slot& slot = *it->second;
  if (!slot.cgroup) {
    const auto left = leftovers(*slot.run);
    slot.run->strays = std::max(slot.run->strays, left.size());
    for (const pid_t pid : left) ::kill(pid, SIGKILL);
    return left.empty();
  }
  const auto populated = slot.cgroup->populated();
  if (!populated) return std::unexpected(populated.error());
  if (!*populated) return true;
  slot.run->strays = std::max(slot.run->strays, slot.cgroup->processes());
  slot.cgroup_used_up = true;
  if (auto killed = slot.cgroup->kill(); !killed) return std::unexpected(killed.error());
  return false;
}

Remains ProcessLauncher::remains(const std::string& bot) const {
  const auto it = slots_.find(bot);
  if (it == slots_.end() || !it->second->run) return {};
  Slot& slot = *it->second;
  Remains remains{.strays = slot.run->strays};
  if (slot.cgroup) {
    slot.oom_kills = slot.cgroup->oom_kills();
    remains.oom = slot.oom_kills > slot.run->record.oom_before;
  }
  return remains;
}

void ProcessLauncher::note(const std::string& bot, const RunNote& note) {
  Run* run = run_of(bot);
  if (run == nullptr) return;
  RunRecord& record = run->record;
  record.ready = note.ready;
  record.armed = note.armed;
  record.ended = note.ended;
  record.finished = note.finished;
  record.failures = note.failures;
  record.ended_at = note.ended_at;
  if (auto written = write_record(*run); !written) log::warning("{}", written.error().text());
}

void ProcessLauncher::finish(const std::string& bot) {
  const auto it = slots_.find(bot);
  if (it == slots_.end() || !it->second->run) return;
  Slot& slot = *it->second;
  Run& run = *slot.run;
  loop_.forget(run.files.output.get());
  loop_.forget(run.files.notify.get());
  if (run.pidfd) loop_.forget(run.pidfd.get());
  children_.erase(run.record.pid);
  ended_.push_back(std::move(slot.run));
}

void ProcessLauncher::forget(const std::string& bot) {
  const auto it = slots_.find(bot);
  if (it == slots_.end()) return;
  Slot& slot = *it->second;
  if (slot.spare) {
    ::unlink(slot.spare->notify_path.c_str());
    remove_run_folder(slot.spare->folder);
  }
  if (slot.cgroup) {
    if (auto removed = slot.cgroup->remove(); !removed) log::warning("{}", removed.error().text());
  }
  slots_.erase(it);
}

void ProcessLauncher::trouble(std::string_view what, std::string_view text, bool over) {
  JsonWriter json;
  json.object()
      .field("t", clock_.wall())
      .field("type", "keeper.trouble")
      .field("what", what)
      .field("text", text);
  if (over) json.field("over", true);
  events_.event(json.end().take());
}

void ProcessLauncher::reap() {
  while (true) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
    int status = 0;
    if (::waitpid(info.si_pid, &status, WNOHANG) != info.si_pid) return;
    if (info.si_pid == compressing_) {
      compressing_ = 0;
      next_compression();
    }
    const auto it = children_.find(info.si_pid);
    if (it == children_.end()) continue;  // an orphan that fell to us, or a helper
    Slot& slot = *it->second;
    children_.erase(it);
    slot.run->gone = true;
    listener_->run_exited(slot.spec.name, {status});
  }
}

std::vector<ProcessLauncher::Kept> ProcessLauncher::kept() const {
  std::vector<Kept> all;
  for (const auto& [name, slot] : slots_) {
    if (!slot->run) continue;
    all.push_back(
        {name, slot->run->record.run, slot->run->files.notify.get(), slot->run->files.output.get()});
  }
  return all;
}

}  // namespace steward::keeper
