#include "backup/jobs/drill.hpp"

#include <fnmatch.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <ranges>

#include "backup/jobs/configured.hpp"
#include "backup/jobs/deadline.hpp"
#include "backup/jobs/job_facts.hpp"
#include "backup/jobs/scratch.hpp"
#include "backup/manifest/catalog.hpp"
#include "backup/postgres/restore_database.hpp"
#include "backup/restore/archived.hpp"
#include "backup/restore/restore.hpp"
#include "backup/restore/verify.hpp"
#include "backup/stages/throttle.hpp"
#include "net/command.hpp"
#include "os/environment.hpp"
#include "os/process.hpp"
#include "store/database_check.hpp"

namespace steward::backup {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostSaid = 1000;

/// Is gone with this object, whatever comes of the drill.
class ScratchFolder {
 public:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  ~ScratchFolder() { static_cast<void>(remove_scratch(path_)); }  // the next drill says what stays
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Run {
 public:
  Run(const config::Settings& settings, const config::Backup& backup, objects::ObjectStore& store,
      Meter* meter)
      : settings_(settings),
        backup_(backup),
        store_(store),
        meter_(meter),
        deadline_(backup.drill.timeout),
        scratch_(scratch_of(work_folder(settings.state), backup.name)) {}

  Result<DrillReport> run() {
    for (const auto step : {&Run::clear, &Run::find, &Run::restore_files, &Run::check_sqlite,
                            &Run::restore_databases, &Run::ask_user}) {
      if (auto done = (this->*step)(); !done) {
        if (!deadline_.token().stop_requested()) return std::unexpected(done.error());
        return fail(Code::timeout, "the drill of {} was not over after {} s (drill.timeout)", backup_.name,
                    backup_.drill.timeout / kSecond);
      }
      if (!report_.unproved.empty() && !readable_) break;  // there is nothing to look at
    }
    report_.proved = report_.unproved.empty();
    return std::move(report_);
  }
  /// When the backup that was rehearsed began.
  WallNs backup_started() const { return manifest_.started; }

 private:
  Status clear();
  Status find();
  Status load_key();
  Status restore_files();
  Status check_sqlite();
  bool is_source(const std::string& path) const;
  Status damaged(const std::string& path, bool asked_for, const Error& error) const;
  Status restore_databases();
  Status ask_user();
  Status judge(const net::CommandEnd& end) const;

  const config::Settings& settings_;
  const config::Backup& backup_;
  objects::ObjectStore& store_;
  Meter* meter_;
  Deadline deadline_;
  ScratchFolder scratch_;
  std::vector<Identity> keys_;
  Manifest manifest_;
  bool readable_ = true;
  DrillReport report_;
};

Status Run::load_key() {
  const std::string& given = backup_.drill.key;
  const std::string path = given.empty() ? drill_key_path(settings_.state) : given;
  auto key = read_secret_key(path);
  if (!key && key.error().code() == Code::not_found && given.empty()) return {};
  if (!key) return std::unexpected(key.error());
  keys_.push_back(std::move(*key));
  return {};
}

Status Run::clear() {
  report_.notes = remove_left_scratch(settings_, backup_.name);
  const auto removed = remove_scratch(scratch_.path());
  return removed ? Status{} : std::unexpected(removed.error());
}

Status Run::find() {
  if (auto loaded = load_key(); !loaded) return loaded;
  auto folders = list_folders(store_, backup_.name);
  if (!folders) return std::unexpected(folders.error());
  for (const Folder& folder : *folders | std::views::reverse) {
    if (!folder.complete()) continue;
    auto head = read_manifest(store_, backup_.name, folder.time);
    if (!head && head.error().code() == Code::not_found) continue;  // another host removed it meanwhile
    if (!head) return unreadable(store_, backup_.name, folder.time, head.error());
    if (head->host != host_of(settings_)) continue;
    auto opened = open_readable(store_, backup_.name, folder.time, keys_, false);
    if (!opened) return std::unexpected(opened.error());
    readable_ = opened->readable;
    manifest_ = std::move(opened->manifest);
    report_.time = folder.time;
    return {};
  }
  return fail(Code::not_found, "{} holds no backup of {} from this host; make one: steward backup run {}",
              store_.place(), backup_.name, backup_.name);
}

Status Run::restore_files() {
  if (!readable_) {
    report_.unproved = fmt::format(
        "no key here opens the content, so only the ciphertext was compared: leave drill_key = true and make "
        "a new "
        "backup, or name a secret key's file (drill = {{ key = … }}) in the backup {}",
        backup_.name);
    auto verified = verify(store_, backup_.name, report_.time, keys_, deadline_.token(), meter_);
    return verified ? Status{} : std::unexpected(verified.error());
  }
  struct ::statvfs disk{};
  if (::statvfs(work_folder(settings_.state).c_str(), &disk) != 0)
    return fail_errno(errno, "statvfs " + work_folder(settings_.state));
  RestoreOptions how;
  how.to = scratch_.path();
  how.links_out = true;
  how.leave_free = static_cast<std::int64_t>(disk.f_blocks / 20 * disk.f_frsize);
  how.stop = deadline_.token();
  how.meter = meter_;
  auto restored = restore(store_, backup_.name, report_.time, keys_, how);
  if (!restored) return std::unexpected(restored.error());
  report_.files = restored->files;
  report_.bytes = restored->bytes;
  return {};
}

/// Also those among plain files, which were perhaps written to while they were read; they get half of the
/// time that is left, for what a sqlite:// source and the user ask for has to be done in any case.
Status Run::check_sqlite() {
  const Deadline half(deadline_.left() / 2);
  begin(meter_, "checking SQLite databases");
  std::error_code bad;
  for (auto item = fs::recursive_directory_iterator(scratch_.path(),
                                                    fs::directory_options::skip_permission_denied, bad);
       !bad && item != fs::recursive_directory_iterator(); item.increment(bad)) {
    std::error_code unknown;
    if (item->is_symlink(unknown) || !item->is_regular_file(unknown)) continue;
    const std::string restored = item->path().string();
    if (!store::is_database(restored)) continue;
    const std::string path = restored.substr(scratch_.path().size());
    const bool asked_for = is_source(path);
    const auto checked = store::check_database(restored, (asked_for ? deadline_ : half).token());
    if (checked) continue;
    if (asked_for || checked.error().code() == Code::corrupt)
      return damaged(path, asked_for, checked.error());
    report_.notes.push_back(fmt::format("the database {} was not checked: {}", path, checked.error().text()));
  }
  return bad ? fail(Code::internal, "{} cannot be walked: {}", scratch_.path(), bad.message()) : Status{};
}

/// Whether a database was backed up as one.
bool Run::is_source(const std::string& path) const {
  return std::ranges::any_of(manifest_.sources, [&](const SourceNote& source) {
    return source.kind == "sqlite" && ::fnmatch(source.path.c_str(), path.c_str(), FNM_PATHNAME) == 0;
  });
}

Status Run::damaged(const std::string& path, bool asked_for, const Error& error) const {
  const std::string said = fmt::format("the database {} of the backup {}/{} is damaged: {}", path,
                                       backup_.name, report_.time, error.text());
  if (asked_for) return fail(error.code(), "{}", said);
  return fail(error.code(),
              "{}; a database in use is copied whole only as a source of its own: add \"sqlite://{}\" to the "
              "sources of {}, or exclude it",
              said, path, backup_.name);
}

Status Run::restore_databases() {
  if (manifest_.databases.empty()) return {};
  if (backup_.drill.to.empty()) {
    report_.unproved =
        "the dump's hashes are right, but it was loaded into no database: name one that the drill may fill "
        "and empty, "
        "drill = { to = \"postgresql:///steward_drill\" }";
    return {};
  }
  for (const Database& database : manifest_.databases) {
    DatabaseRestoreOptions how;
    how.to = backup_.drill.to;
    how.only = database.path;
    how.drill = true;
    how.postgres.stop = deadline_.token();
    how.postgres.meter = meter_;
    auto restored = restore_database(store_, backup_.name, report_.time, keys_, how);
    if (!restored) return std::unexpected(restored.error());
    if (auto emptied = empty_drill_database(backup_.drill.to, how.postgres); !emptied) return emptied;
    if (!restored->differences.empty()) {
      return fail(Code::corrupt, "{} of the backup {} was restored with other rows than it had: {}",
                  database.name, report_.time, restored->differences.front());
    }
    report_.rows += restored->rows;
  }
  return {};
}

Status Run::ask_user() {
  if (backup_.drill.check.empty()) return {};
  begin(meter_, "running the check");
  net::Command command{.args = backup_.drill.check,
                       .env = plain_environment(),
                       .working_dir = scratch_.path(),
                       .timeout_ns = deadline_.left()};
  command.env.push_back("STEWARD_RESTORED=" + scratch_.path());
  command.env.push_back("STEWARD_BACKUP=" + backup_.name);
  command.env.push_back("STEWARD_BACKUP_TIME=" + report_.time);
  std::optional<Result<net::CommandEnd>> end;
  net::EventLoop loop;
  net::run_command(loop, std::move(command), [&](Result<net::CommandEnd> how) {
    end = std::move(how);
    loop.stop();
  });
  loop.run();
  if (!*end) return fail(end->error(), "the check of the drill of {}", backup_.name);
  return judge(**end);
}

Status Run::judge(const net::CommandEnd& end) const {
  if (end.status == 0) return {};
  std::string said = end.output.substr(0, kMostSaid);
  while (said.ends_with('\n')) said.pop_back();
  return fail(Code::corrupt, "the restored backup {}/{} did not pass its check: {} {}{}{}", backup_.name,
              report_.time, backup_.drill.check.front(), wait_status_text(end.status),
              said.empty() ? "" : ": ", said);
}

}  // namespace

Result<DrillReport> run_drill(const config::Settings& settings, const config::Backup& backup,
                              objects::ObjectStore& store, Meter* meter, bool elsewhere) {
  const std::string folder = work_folder(settings.state);
  const auto lock = lock_job(folder, backup.name, kLockPatience);
  if (!lock) return std::unexpected(lock.error());
  const SystemClock clock;
  const MonoNs began = clock.mono();
  JobFacts facts =
      read_job_facts(folder, backup.name, place_of(settings), elsewhere ? std::string() : store.identity());
  if (facts.drill.cut_short()) ++facts.drill_failures;  // the one before
  facts.drill = {.started = clock.wall(), .finished = 0, .error = {}};
  const auto keep = [&] { return elsewhere ? Status{} : write_job_facts(folder, backup.name, facts); };
  if (auto kept = keep(); !kept) return std::unexpected(kept.error());
  lower_priority();
  Run run(settings, backup, store, meter);
  auto report = run.run();
  facts.drill.finished = clock.wall();
  if (report) {
    report->took_ns = clock.mono() - began;
    facts.drill_failures = 0;
  } else {
    facts.drill.error = report.error().text();
    ++facts.drill_failures;
  }
  if (report && report->proved) {
    facts.proved = {.time = report->time,
                    .started = run.backup_started(),
                    .finished = facts.drill.finished,
                    .files = report->files,
                    .bytes = report->bytes,
                    .rows = report->rows,
                    .took_ns = report->took_ns};
  }
  if (auto kept = keep(); !kept && report)
    return fail(kept.error(), "the drill of {} is done, but cannot be noted", backup.name);
  return report;
}

}  // namespace steward::backup
