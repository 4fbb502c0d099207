// Taking over what an earlier keeper left, and watching processes that are not our children.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/log.hpp"
#include "base/ulid.hpp"
#include "keeper/journal.hpp"
#include "keeper/launcher_slots.hpp"
#include "os/files.hpp"
#include "os/pidfd.hpp"
#include "os/process.hpp"

namespace steward::keeper {

/// Whether the process that a record tells of is there, and is that one.
bool ProcessLauncher::lives(const RunRecord& record) const {
  if (record.pid <= 1 || record.boot_id != settings_.boot_id ||
      record.pid_namespace != settings_.pid_namespace)
    return false;
  const auto facts = process_facts(record.pid);
  if (!facts) return false;
  const bool ours = facts->parent == ::getpid();
  if (facts->state == 'X' || (facts->state == 'Z' && !ours)) return false;
  if (record.start_time != 0) return facts->start_time == record.start_time;
  return ours || has_environment(record.pid, "STEWARD_RUN=" + record.run);
}

std::optional<Found> ProcessLauncher::adopt(const BotSpec& spec, Fd notify, Fd output) {
  const auto names = list_folder(layout_.runs(spec));
  if (!names) return std::nullopt;
  // The newest that was begun: a keeper killed between naming a run's folder and writing its record leaves a
  // blank one.
  std::optional<RunRecord> record;
  std::string folder;
  for (auto name = names->rbegin(); name != names->rend() && !record; ++name) {
    if (!is_ulid(*name)) continue;
    folder = layout_.run(spec, *name);
    const auto bytes = read_file(folder + "/record", kRunRecordSize);
    auto read = bytes ? parse_run_record(*bytes) : std::unexpected(bytes.error());
    if (!read) {
      log::error("{}: the record of run {} cannot be read: {}", spec.name, *name, read.error().text());
      trouble("record", fmt::format("{}: {}", spec.name, read.error().text()), false);
      return std::nullopt;
    }
    if (read->run == *name) {
      record = std::move(*read);
    } else {
      remove_run_folder(folder);
    }
  }
  if (!record) return std::nullopt;
  Found found{.run = {.run = record->run, .pid = record->pid, .cgroup = record->cgroup},
              .restarts = record->restarts,
              .spec = record->spec,
              .started = record->started,
              .same_boot = record->boot_id == settings_.boot_id};
  found.note = {.ready = record->ready,
                .armed = record->armed,
                .ended = record->ended,
                .finished = record->finished,
                .failures = record->failures,
                .ended_at = record->ended_at};
  if (record->ended) return found;

  Slot& slot = slot_of(spec);
  auto files = reopen_run_files(folder, record->notify, spec, std::move(notify));
  if (!files) {
    // Without its files, as in a restored state folder, the run can still be cleared away; it cannot go on.
    log::error("{}: run {} cannot be taken over: {}", spec.name, record->run, files.error().text());
    files = RunFiles{.folder = folder, .notify_path = record->notify};
    if (auto file = open_file(folder + "/record", O_RDWR)) files->record = std::move(*file);
  }
  if (output) files->output = std::move(output);
  slot.run = std::make_unique<Run>(std::move(*files), log_writer(spec, folder));
  Run& run = *slot.run;
  run.record = *record;
  run.segment = std::max(1, newest_segment(folder));
  // Of another boot, also of another machine's that was restored here, nothing is left to clear; the group of
  // that name may be a living Steward's.
  if (found.same_boot && !record->cgroup.empty()) {
    auto group = Cgroup::at(record->cgroup, record->memory_cgroup);
    if (group) slot.cgroup = std::move(*group);
    slot.cgroup_used_up = true;  // by whom we do not know
  }
  if (lives(*record)) {
    auto pidfd = open_pidfd(record->pid);
    // Looked at again through the handle: now the pid cannot become another's.
    if (pidfd && lives(*record)) {
      run.pidfd = std::move(*pidfd);
      const auto facts = process_facts(record->pid);
      run.child = facts && facts->parent == ::getpid();
      found.alive = true;
    }
  }
  run.gone = !found.alive;
  if (run.files.output && run.files.notify) watch(slot);
  if (found.alive && run.child) children_[record->pid] = &slot;
  if (found.alive && !run.child) watch_adopted(slot);
  spares_wanted_.push_back(spec.name);
  return found;
}

void ProcessLauncher::remove_stale_sockets() {
  std::set<std::string> used;
  for (const auto& [name, slot] : slots_) {
    if (slot->run) used.insert(slot->run->files.notify_path);
    if (slot->spare) used.insert(slot->spare->notify_path);
  }
  const auto names = list_folder(layout_.notify());
  if (!names) return;
  for (const std::string& name : *names) {
    const std::string path = layout_.notify() + "/" + name;
    if (!used.contains(path)) ::unlink(path.c_str());
  }
}

void ProcessLauncher::watch_adopted(Slot& slot) {
  // EPOLLIN: it has ended (a zombie). EPOLLHUP: it was reaped, and only then does the kernel tell how it
  // ended.
  const auto watched = loop_.watch(slot.run->pidfd.get(), EPOLLIN, [this, &slot](std::uint32_t ready) {
    Run& run = *slot.run;
    if ((ready & EPOLLHUP) != 0 || reaped_wait_status(run.pidfd.get())) {
      end_adopted(slot, reaped_wait_status(run.pidfd.get()));
      return;
    }
    // A zombie's end can be read where we may trace it; a 0 may also mean that we may not, so that waits.
    const auto facts = process_facts(run.record.pid);
    if (facts && facts->state == 'Z' && facts->wait_status != 0) {
      end_adopted(slot, facts->wait_status);
      return;
    }
    run.zombie_since = clock_.mono();
    loop_.change(run.pidfd.get(), 0);
  });
  if (!watched) log::error("cannot watch {}: {}", slot.spec.name, watched.error().text());
}

void ProcessLauncher::end_adopted(Slot& slot, std::optional<int> wait_status) {
  Run& run = *slot.run;
  loop_.forget(run.pidfd.get());
  run.gone = true;
  listener_->run_exited(slot.spec.name, {wait_status});
}

}  // namespace steward::keeper
