// steward backup
#include "backup/backup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "backup/jobs/drill.hpp"
#include "backup/jobs/jobs.hpp"
#include "backup/jobs/scratch.hpp"
#include "backup/manifest/catalog.hpp"
#include "backup/restore/archived.hpp"
#include "backup/restore/restore.hpp"
#include "backup/restore/verify.hpp"
#include "base/json_writer.hpp"
#include "base/units.hpp"
#include "cli/backup_job.hpp"
#include "cli/backup_status.hpp"
#include "cli/progress_bar.hpp"
#include "cli/terminal.hpp"
#include "cli/zone.hpp"
#include "os/files.hpp"
#include "os/memory.hpp"

namespace steward::cli {

namespace {

/// What every action needs: settings, the store, and the jobs that are meant.
struct Scene : ChosenJobs {
  std::unique_ptr<objects::ObjectStore> store;
  bool elsewhere = false;  ///< --store or --endpoint name another one than the configuration
};

/// What lies in a store that is named can be listed and verified without a configuration, as on a new
/// machine.
Result<ChosenJobs> chosen_jobs(const Options& options) {
  if (options.store.empty() || options.name.empty() ||
      (options.action != "list" && options.action != "verify"))
    return jobs_of(options);
  ChosenJobs chosen;
  chosen.settings.backups.emplace_back().name = options.name;
  chosen.jobs.push_back(&chosen.settings.backups.front());
  return chosen;
}

Result<Scene> scene_of(const Options& options) {
  auto chosen = chosen_jobs(options);
  if (!chosen) return std::unexpected(chosen.error());
  if (!options.at.empty()) use_zone(chosen->settings.timezone);
  const bool run = options.action == "run" && !options.dry_run, drill = options.action == "drill";
  const config::Objects& configured = chosen->settings.objects;
  const auto objects = objects_of(options, &chosen->settings);
  if (!objects) return std::unexpected(objects.error());
  const bool elsewhere = objects->url != configured.url || objects->endpoint != configured.endpoint;
  auto store = store_of(options, &chosen->settings, run ? Access::write : Access::read);
  if (!store) {
    // What cannot begin has failed too, and whoever looks at the schedule has to see it.
    for (const config::Backup* job : chosen->jobs) {
      if ((run || drill) && !elsewhere) backup::note_failure(chosen->settings, *job, drill, store.error());
    }
    return std::unexpected(store.error());
  }
  return Scene{{std::move(*chosen)}, std::move(*store), elsewhere};
}

void print_run(const std::string& name, const backup::BackupReport& report, const backup::PruneReport& pruned,
               bool as_json) {
  for (const std::string& note : report.notes) remark(note);
  for (const std::string& note : pruned.notes) remark(note);
  if (!as_json) {
    return print(fmt::format("{}/{}: {} files, {}; {} new or changed, {} stored; {} old backups removed\n",
                             name, report.time, report.files, format_bytes(report.bytes), report.files_stored,
                             format_bytes(report.bytes_stored), pruned.removed.size()));
  }
  JsonWriter out;
  out.object().field("backup", name).field("time", report.time).field("parent", report.parent);
  out.field("files", report.files).field("bytes", report.bytes).field("files_stored", report.files_stored);
  out.field("bytes_stored", report.bytes_stored).array("removed");
  for (const std::string& time : pruned.removed) out.value(time);
  print(out.end().end().take() + "\n");
}

/// What `keep` would remove after a run.
Status foresee_one(const config::Backup& backup, Scene& scene, const Options& options) {
  const auto report = backup::foresee_removal(scene.settings, backup, *scene.store, options.full);
  if (!report) return std::unexpected(report.error());
  for (const std::string& note : report->notes) remark(note);
  if (options.json) {
    JsonWriter out;
    out.object().field("backup", backup.name).field("dry_run", true);
    const auto put = [&out](std::string_view name, const std::vector<std::string>& times) {
      out.array(name);
      for (const std::string& time : times) out.value(time);
      out.end();
    };
    put("kept", report->kept);
    put("removed", report->removed);
    put("unfinished", report->unfinished);
    print(out.end().take() + "\n");
    return {};
  }
  print(fmt::format("{}: a run now would make a backup, and remove {} of {} older ones; nothing is done\n",
                    backup.name, report->removed.size(), report->removed.size() + report->kept.size()));
  for (const std::string& time : report->removed)
    print(fmt::format("{}/{} would be removed\n", backup.name, time));
  for (const std::string& time : report->unfinished)
    print(fmt::format("{}/{}, which a killed backup left, would be removed\n", backup.name, time));
  return {};
}

Status run_one(const config::Backup& backup, Scene& scene, const Options& options) {
  if (options.dry_run) return foresee_one(backup, scene, options);
  std::optional<ProgressBar> bar(!options.json);
  auto done = backup::run_job(scene.settings, backup, *scene.store,
                              {.full = options.full, .elsewhere = scene.elsewhere, .meter = bar->meter()});
  bar.reset();
  if (!done) return std::unexpected(done.error());
  print_run(backup.name, done->backup, done->pruned, options.json);
  return {};
}

/// Each of them, also behind one that fails; the first failure, when the others were told.
template <class Do>
Status each_time(const std::vector<std::string>& times, const Do& act) {
  Status first;
  for (const std::string& time : times) {
    auto done = act(time);
    if (done) continue;
    if (first) {
      first = std::move(done);
    } else {
      static_cast<void>(give_up(done.error()));
    }
  }
  return first;
}

Result<std::vector<std::string>> backups_of(objects::ObjectStore& store, const std::string& job) {
  auto folders = backup::list_folders(store, job);
  if (!folders) return std::unexpected(folders.error());
  std::vector<std::string> times;
  for (const auto& folder : *folders) {
    if (folder.complete()) times.push_back(folder.time);
  }
  return times;
}

Status list_time(const std::string& name, const std::string& time, Scene& scene, const Options& options) {
  auto manifest = backup::read_manifest(*scene.store, name, time);
  if (!manifest && manifest.error().code() == Code::not_found) return {};  // removed meanwhile
  if (!manifest) return backup::unreadable(*scene.store, name, time, manifest.error());
  if (options.json) {
    JsonWriter out;
    out.object().field("backup", name).field("time", time).field("parent", manifest->parent);
    out.field("host", manifest->host).field("files", manifest->entries);
    print(out.field("encrypted", manifest->encrypted()).end().take() + "\n");
  } else {
    print(fmt::format("{}  {}  {}  {} entries{}\n", name, time, manifest->host, manifest->entries,
                      manifest->encrypted() ? "  encrypted" : ""));
  }
  return {};
}

Status list_one(const config::Backup& backup, Scene& scene, const Options& options) {
  auto times = backups_of(*scene.store, backup.name);
  if (!times) return std::unexpected(times.error());
  if (times->empty()) remark(fmt::format("{} holds no backup of {}", scene.store->place(), backup.name));
  return each_time(*times,
                   [&](const std::string& time) { return list_time(backup.name, time, scene, options); });
}

Status verify_time(const std::string& name, const std::string& time, Scene& scene,
                   const std::vector<backup::Identity>& keys, const Options& options) {
  std::optional<ProgressBar> bar(!options.json);
  auto report = backup::verify(*scene.store, name, time, keys, {}, bar->meter());
  bar.reset();
  if (!report && backup::was_removed(*scene.store, name, time)) {
    const std::string gone =
        fmt::format("{}/{} was removed while it was read, as `keep` wants it", name, time);
    if (!options.all && options.sample == 0) return fail(Code::not_found, "{}; come again", gone);
    remark(gone);
    return {};
  }
  if (!report) return std::unexpected(report.error());
  if (options.json) {
    JsonWriter out;
    out.object().field("backup", name).field("time", time).field("proved", report->proved);
    print(out.field("files", report->files).field("bytes", report->bytes).end().take() + "\n");
  } else if (report->proved) {
    print(fmt::format("{}/{}: {} files, {}, every hash is right\n", name, time, report->files,
                      format_bytes(report->bytes)));
  } else {
    print(
        fmt::format("{}/{}: as it was stored, but no key given opens all of it (--key FILE), so its content "
                    "is not proved\n",
                    name, time));
  }
  return {};
}

/// The times that --all, --sample or --at mean.
Result<std::vector<std::string>> times_to_verify(const std::string& job, Scene& scene,
                                                 const Options& options) {
  if (options.sample > 0) {
    SystemRandom random;
    return backup::sample_backups(*scene.store, job, options.sample, random);
  }
  if (options.all) return backups_of(*scene.store, job);
  auto time = time_of(*scene.store, job, options);
  if (!time) return std::unexpected(time.error());
  return std::vector{std::move(*time)};
}

Status verify_one(const config::Backup& backup, Scene& scene, const Options& options) {
  auto keys = keys_of(options);
  if (!keys) return std::unexpected(keys.error());
  auto times = times_to_verify(backup.name, scene, options);
  if (!times) return std::unexpected(times.error());
  return each_time(
      *times, [&](const std::string& time) { return verify_time(backup.name, time, scene, *keys, options); });
}

Status drill_one(const config::Backup& backup, Scene& scene, const Options& options) {
  std::optional<ProgressBar> bar(!options.json);
  auto report = backup::run_drill(scene.settings, backup, *scene.store, bar->meter(), scene.elsewhere);
  bar.reset();
  if (!report) return std::unexpected(report.error());
  for (const std::string& note : report->notes) remark(note);
  if (options.json) {
    JsonWriter out;
    out.object().field("backup", backup.name).field("time", report->time).field("proved", report->proved);
    out.field("unproved", report->unproved).field("files", report->files).field("bytes", report->bytes);
    print(out.field("rows", report->rows).field("took_ns", report->took_ns).end().take() + "\n");
  } else if (report->proved) {
    print(fmt::format("{}/{}: restored in {:.1f} s, {} files, {}{}: proved\n", backup.name, report->time,
                      static_cast<double>(report->took_ns) / kSecond, report->files,
                      format_bytes(report->bytes),
                      report->rows > 0 ? fmt::format(", {} rows", report->rows) : ""));
  } else {
    print(fmt::format("{}/{}: not proved: {}\n", backup.name, report->time, report->unproved));
  }
  return {};
}

/// An option that the action does not know must not be taken for heeded.
Status check_options(const Options& options) {
  struct Known {
    std::string_view option, action;
    bool given;
  };
  const Known known[] = {{"--full", "run", options.full},
                         {"--dry-run", "run", options.dry_run},
                         {"--at", "verify", !options.at.empty()},
                         {"--all", "verify", options.all},
                         {"--sample", "verify", options.sample > 0},
                         {"--key", "verify", !options.keys.empty()}};
  for (const Known& one : known) {
    if (one.given && options.action != one.action)
      return fail(Code::invalid, "backup {}: {} is for `steward backup {}` only", options.action, one.option,
                  one.action);
  }
  return {};
}

int make_key(const Options& options) {
  if (options.name.empty())
    return give_up(Error(Code::invalid, "name the file for the secret key: steward backup key FILE"));
  const backup::Identity key = backup::make_identity();
  auto file = open_file(options.name, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!file && exists(options.name))
    return give_up(
        Error(Code::conflict,
              options.name + " is there already, and may be the only key to backups; name a new file"));
  if (!file) return give_up(file.error());
  const Secret line = backup::secret_key_line(key);
  if (auto put = write_all(file->get(), line.reveal()); !put) return give_up(put.error());
  if (::fsync(file->get()) != 0) return give_up(fail_errno(errno, "fsync " + options.name).error());
  print(backup::public_key_line(key));
  return kDone;
}

/// The agent does it whenever the configuration has changed.
int clear(const Options& options) {
  const auto chosen = jobs_of(options, true);
  if (!chosen) return give_up(chosen.error());
  for (const std::string& sentence : backup::remove_left_scratch(chosen->settings, {}))
    print(sentence + "\n");
  return kDone;
}

}  // namespace

int run_backup(const Options& options) {
  if (auto known = check_options(options); !known) {
    remark(known.error().text());
    return kUsage;
  }
  if (options.action == "key") return make_key(options);
  if (options.action == "status") return run_backup_status(options);
  if (options.action == "verify" || options.action == "drill") map_large_pieces();
  if (options.action == "clear") return clear(options);
  const auto one = options.action == "run"      ? &run_one
                   : options.action == "list"   ? &list_one
                   : options.action == "verify" ? &verify_one
                   : options.action == "drill"  ? &drill_one
                                                : nullptr;
  if (one == nullptr) {
    remark(fmt::format(
        "backup: there is no action \"{}\"; name run, status, list, verify, drill, clear, key or lifecycle",
        options.action));
    return kUsage;
  }
  auto scene = scene_of(options);
  if (!scene) return give_up(scene.error());
  int status = kDone;
  for (const config::Backup* backup : scene->jobs) {
    if (auto done = one(*backup, *scene, options); !done) status = std::max(status, give_up(done.error()));
  }
  return status == kDone ? kDone : kFailed;
}

}  // namespace steward::cli
