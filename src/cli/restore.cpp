// steward restore
#include "backup/restore/restore.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "backup/manifest/catalog.hpp"
#include "backup/restore/recover.hpp"
#include "backup/restore/recover_state.hpp"
#include "base/json_writer.hpp"
#include "base/units.hpp"
#include "cli/backup_job.hpp"
#include "cli/progress_bar.hpp"
#include "cli/terminal.hpp"
#include "cli/zone.hpp"
#include "config/database_url.hpp"
#include "os/memory.hpp"

namespace steward::cli {

namespace {

/// What both ways to restore need.
struct Source {
  std::unique_ptr<objects::ObjectStore> store;
  std::vector<backup::Identity> keys;
  std::string until, to;
};

Result<Source> source_of(const Options& options) {
  std::optional<config::Settings> settings;
  if (const auto file = config::find_config(options.config); file && options.store.empty()) {
    auto loaded = config::load(*file);
    if (!loaded) return std::unexpected(loaded.error());
    settings = std::move(*loaded);
    if (!options.at.empty()) use_zone(settings->timezone);  // as `backup status` shows times
  }
  const auto objects = objects_of(options, settings ? &*settings : nullptr);
  if (!objects) return std::unexpected(objects.error());
  auto store = open_store(*objects, Access::read);
  if (!store) return std::unexpected(store.error());
  auto keys = keys_of(options);
  if (!keys) return std::unexpected(keys.error());
  auto until = until_of(options);
  if (!until) return std::unexpected(until.error());
  return Source{std::move(*store), std::move(*keys), std::move(*until), {}};
}

/// What is meant where no backup is named.
Result<std::string> only_job(const Options& options) {
  if (!options.store.empty())
    return fail(Code::invalid, "name one backup of {}, or everything with --all", options.store);
  const auto chosen = jobs_of(options);
  if (!chosen) return std::unexpected(chosen.error());
  if (chosen->jobs.size() == 1) return chosen->jobs[0]->name;
  std::string names;
  for (const config::Backup* job : chosen->jobs) names += (names.empty() ? "" : ", ") + job->name;
  return fail(Code::invalid, "name one backup ({}), or everything with --all", names);
}

/// The folder `to`, or where --to is not given.
Result<std::string> folder_of(const std::string& to, const std::string& otherwise) {
  auto folder = config::absolute_path(to.empty() ? otherwise : to);
  while (folder && folder->size() > 1 && folder->ends_with('/')) folder->pop_back();
  return folder;
}

/// "data up to 2026-11-25 03:15:01.123 UTC, 1.2s ago".
std::string age_of(const std::string& time) {
  const WallNs wall = backup::wall_of_time_name(time);
  const auto ago = std::max<std::int64_t>(SystemClock().wall() - wall, 0);
  std::string at = format_utc(wall);
  std::ranges::replace(at, 'T', ' ');
  at.pop_back();
  return fmt::format("data up to {} UTC, {} ago", at, format_duration(ago / kMillisecond * kMillisecond));
}

Result<backup::TailsReport> restore_shipped(Source& source, const Options& options,
                                            const backup::RestoreReport& restored) {
  auto tails = backup::list_tails(*source.store, options.name, restored.host, restored.time, source.until);
  if (!tails) return std::unexpected(tails.error());
  if (tails->times.empty()) return backup::TailsReport{};
  if (options.dry_run)
    return backup::TailsReport{static_cast<std::int64_t>(tails->times.size()), tails->bytes,
                               tails->times.back()};
  const backup::TailsOptions where{
      .to = source.to, .only = options.only, .owners = ::geteuid() == 0, .stop = {}};
  return backup::restore_tails(*source.store, options.name, restored.host, *tails, source.keys, where);
}

/// A Steward that is started on what was restored must not take the living bots of the original for its own.
Status forget_processes(Source& source, const Options& options, const std::string& time) {
  if (options.dry_run) return {};
  const auto manifest = backup::read_manifest(*source.store, options.name, time);
  if (!manifest) return std::unexpected(manifest.error());
  for (const backup::SourceNote& each : manifest->sources) {
    if (each.kind != "state") continue;
    if (auto done = backup::forget_all_processes(source.to + each.path); !done) return done;
  }
  return {};
}

int restore_one(Source& source, const Options& options) {
  auto time = backup::newest_backup(*source.store, options.name, source.until);
  if (!time) return give_up(time.error());
  if (options.to.starts_with(config::kDatabaseUrl))
    return restore_into_database(options, *source.store, *time, source.keys);
  auto to = folder_of(options.to, options.name + "-" + *time);
  if (!to) return give_up(to.error());
  source.to = std::move(*to);
  backup::RestoreOptions how;
  how.to = source.to;
  how.only = options.only;
  how.force = options.force;
  how.links_out = options.links_out;
  how.owners = ::geteuid() == 0;
  how.dry_run = options.dry_run;
  std::optional<ProgressBar> bar(!options.json);
  how.meter = bar->meter();
  auto done = backup::restore(*source.store, options.name, *time, source.keys, how);
  bar.reset();
  if (!done && backup::was_removed(*source.store, options.name, *time))
    return give_up(Error(Code::not_found,
                         fmt::format("{}/{} was removed while it was read, as `keep` wants it; come again "
                                     "with --force, and the newest is restored",
                                     options.name, *time)));
  if (!done) return give_up(done.error());
  auto shipped = restore_shipped(source, options, *done);
  if (!shipped) return give_up(shipped.error());
  if (auto forgot = forget_processes(source, options, done->time); !forgot) return give_up(forgot.error());
  if (options.json) {
    JsonWriter out;
    out.object().field("backup", options.name).field("time", done->time).field("to", how.to);
    out.field("files", done->files).field("bytes", done->bytes);
    out.field("shipped_objects", shipped->objects).field("shipped_bytes", shipped->bytes);
    print(out.field("newest", shipped->newest.empty() ? done->time : shipped->newest).end().take() + "\n");
    return kDone;
  }
  print(fmt::format("{}/{}: {} files, {}, {} {}\n", options.name, done->time, done->files,
                    format_bytes(done->bytes),
                    how.dry_run ? "would be restored into" : "every hash is right, restored into", how.to));
  if (shipped->objects > 0)
    print(fmt::format("and {} shipped since in {} objects: {}\n", format_bytes(shipped->bytes),
                      shipped->objects, age_of(shipped->newest)));
  return kDone;
}

/// A word of a command that is printed, for a shell.
std::string shell_word(const std::string& word) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-_./:@%+,=").contains(c);
  };
  if (!word.empty() && std::ranges::all_of(word, plain)) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// The command that loads the dump into the database that it came from.
std::string load_command(const backup::RecoveredDatabase& database, const backup::RecoverReport& report,
                         const Options& options) {
  std::string command = "steward restore";
  const auto add = [&command](std::string_view option, const std::string& value) {
    if (!value.empty())
      command += fmt::format("{}{} {}", option.empty() ? "" : " ", option, shell_word(value));
  };
  add("", database.job);
  add("--to", database.source);
  add("--at", database.time);
  const auto same_job = std::ranges::count(report.databases, database.job, &backup::RecoveredDatabase::job);
  add("--only", same_job > 1 ? database.dump : "");
  add("--config", options.store.empty() ? options.config : "");
  add("--store", options.store);
  add("--endpoint", options.endpoint);
  add("--region", options.region);
  add("--profile", options.profile);
  for (const std::string& key : options.keys) add("--key", key);
  return command;
}

void print_json(const backup::RecoverReport& report, const Options& options, const std::string& to) {
  JsonWriter out;
  out.object().field("host", report.host).field("to", to).field("newest", report.newest);
  out.field("config", report.config).field("state", report.state).array("jobs");
  for (const auto& job : report.jobs) {
    out.object().field("backup", job.job).field("time", job.time).field("files", job.files);
    out.field("bytes", job.bytes).field("shipped_objects", job.tails.objects);
    out.field("shipped_bytes", job.tails.bytes).end();
  }
  out.end().array("missing");
  for (const std::string& sentence : report.missing) out.value(sentence);
  out.end().array("failed");
  for (const std::string& sentence : report.failed) out.value(sentence);
  out.end().array("databases");
  for (const auto& each : report.databases) {
    out.object().field("backup", each.job).field("name", each.name).field("source", each.source);
    out.field("load", load_command(each, report, options)).end();
  }
  print(out.end().end().take() + "\n");
}

void print_jobs(const backup::RecoverReport& report) {
  for (const auto& job : report.jobs) {
    if (job.failed) continue;
    const std::string shipped = job.tails.objects == 0
                                    ? ""
                                    : fmt::format("; {} shipped since in {} objects",
                                                  format_bytes(job.tails.bytes), job.tails.objects);
    print(job.time.empty() ? fmt::format("{}: no backup yet{}\n", job.job, shipped)
                           : fmt::format("{}/{}: {} files, {}{}\n", job.job, job.time, job.files,
                                         format_bytes(job.bytes), shipped));
  }
}

int restore_all(Source& source, const Options& options) {
  auto to = folder_of(options.to, "");
  if (!to) return give_up(to.error());
  source.to = std::move(*to);
  std::optional<ProgressBar> bar(!options.json);
  const backup::RecoverOptions how{.to = source.to,
                                   .host = options.host,
                                   .until = source.until,
                                   .force = options.force,
                                   .links_out = options.links_out,
                                   .owners = ::geteuid() == 0,
                                   .dry_run = options.dry_run,
                                   .stop = {},
                                   .meter = bar->meter()};
  auto report = backup::recover(*source.store, source.keys, how);
  bar.reset();
  if (!report) return give_up(report.error());
  for (const std::string& note : report->notes) remark(note);
  const bool whole = report->failed.empty();
  if (!whole && !options.json) {
    for (const std::string& sentence : report->failed) remark(sentence);
    remark(
        "of a job that is damaged an older backup may be whole: steward restore JOB --at TIME --force, with "
        "the same --to");
  }
  if (options.json) {
    print_json(*report, options, source.to);
    return whole ? kDone : kFailed;
  }
  print_jobs(*report);
  print(fmt::format("{} {} {}: {}\n", report->host,
                    options.dry_run ? "would be restored into"
                    : whole         ? "is restored, every hash right, into"
                                    : "is restored in part into",
                    source.to, age_of(report->newest)));
  for (const std::string& sentence : report->missing) print(sentence + "\n");
  for (const auto& database : report->databases)
    print(fmt::format("to load the database {}: {}\n", database.name,
                      load_command(database, *report, options)));
  if (!whole) return kFailed;
  if (!report->config.empty() && !report->state.empty())
    print(fmt::format("to go on: steward up --config {} --state {}\n", report->config, report->state));
  return kDone;
}

}  // namespace

int run_restore(const Options& given) {
  Options options = given;
  if (options.all && !options.name.empty()) {
    remark("restore: name one backup, or everything with --all; see `steward restore --help`");
    return kUsage;
  }
  if (options.all && !options.only.empty()) {
    remark("restore: --only is for one backup, not for --all");
    return kUsage;
  }
  if (options.all && (options.to.empty() || options.to.starts_with(config::kDatabaseUrl))) {
    remark("restore: name the folder for all that a host backed up: --to DIR");
    return kUsage;
  }
  map_large_pieces();
  if (!options.all && options.name.empty()) {
    auto job = only_job(options);
    if (!job) return give_up(job.error());
    options.name = std::move(*job);
  }
  auto source = source_of(options);
  if (!source) return give_up(source.error());
  const int status = options.all ? restore_all(*source, options) : restore_one(*source, options);
  return status == kDone ? kDone : kFailed;  // a full disk is nobody's absence
}

}  // namespace steward::cli
