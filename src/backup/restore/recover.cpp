#include "backup/restore/recover.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <ranges>
#include <set>

#include "backup/manifest/catalog.hpp"
#include "backup/restore/archived.hpp"
#include "backup/restore/recover_state.hpp"
#include "backup/restore/restore.hpp"
#include "config/named_files.hpp"
#include "keeper/client.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

/// The newest backup of each job, of each host; empty: only tails.
using Newest = std::map<std::string, std::map<std::string, std::string>>;

bool is_known(const Newest& newest, const std::string& job) {
  return std::ranges::any_of(newest, [&](const auto& host) { return host.second.contains(job); });
}

/// Adds the job's. With a `host`, only what is its. What cannot be read now and is the newest ends it: no
/// older one passes for it.
Status find_newest(objects::ObjectStore& store, const std::string& job, const RecoverOptions& options,
                   Newest& newest, std::vector<std::string>& notes) {
  auto folders = list_folders(store, job);
  if (!folders) return std::unexpected(folders.error());
  for (const Folder& folder : *folders | std::views::reverse) {
    if (!folder.complete() || (!options.until.empty() && folder.time > options.until)) continue;
    auto manifest = read_manifest(store, job, folder.time);
    // Whose it is nobody knows; with a `host` it may be the newest of that one.
    const bool is_old = options.host.empty() && is_known(newest, job);
    if (!manifest && (manifest.error().code() == Code::corrupt || is_old)) {
      notes.push_back("passed over: " + manifest.error().text());
      continue;
    }
    if (!manifest) return unreadable(store, job, folder.time, manifest.error());
    newest[manifest->host].try_emplace(job, folder.time);
    if (manifest->host == options.host) break;
  }
  auto shipped = hosts_of_tails(store, job);
  if (!shipped) return std::unexpected(shipped.error());
  for (const std::string& host : *shipped) {
    if (!options.until.empty()) {
      const auto then = list_tails(store, job, host, {}, options.until);
      if (!then) return std::unexpected(then.error());
      if (then->times.empty()) continue;
    }
    const bool known = std::ranges::any_of(
        newest, [&](const auto& each) { return host_part(each.first) == host && each.second.contains(job); });
    if (!known) newest[host].try_emplace(job, "");
  }
  return {};
}

std::string newest_time(const std::map<std::string, std::string>& jobs) {
  std::string newest;
  for (const auto& [job, time] : jobs) newest = std::max(newest, time);
  return newest.empty() ? "only shipped journals" : "newest backup " + newest;
}

/// " from before TIME", where a time is asked for.
std::string from_before(const std::string& until) {
  return until.empty() ? "" : " from before " + until;
}

/// The host that is meant.
Result<std::string> host_of(const Newest& newest, const RecoverOptions& options, const std::string& place) {
  const std::string& wanted = options.host;
  if (newest.empty()) return fail(Code::not_found, "{} holds no backup{}", place, from_before(options.until));
  if (!wanted.empty() && newest.contains(wanted)) return wanted;
  if (wanted.empty() && newest.size() == 1) return newest.begin()->first;
  std::vector<std::string> hosts;
  for (const auto& [host, jobs] : newest) hosts.push_back(fmt::format("{} ({})", host, newest_time(jobs)));
  if (wanted.empty()) {
    return fail(Code::conflict, "{} holds the backups of several hosts; name one with --host: {}", place,
                fmt::join(hosts, ", "));
  }
  return fail(Code::not_found, "{} holds no backup of the host {}{}; there is: {}", place, wanted,
              from_before(options.until), fmt::join(hosts, ", "));
}

/// Where the next job would fare no better.
bool ends_all(const Error& error) {
  return error.code() == Code::unavailable || error.code() == Code::timeout ||
         error.code() == Code::cancelled;
}

std::string below(const std::string& to, const std::string& path) {
  return (to == "/" ? "" : to) + path;
}

class Recover {
 public:
  Recover(objects::ObjectStore& store, const std::vector<Identity>& identities, const RecoverOptions& options)
      : store_(store), identities_(identities), options_(options) {}

  Result<RecoverReport> run() {
    if (auto found = find_jobs(); !found) return std::unexpected(found.error());
    if (auto free = check_place(); !free) return std::unexpected(free.error());
    if (!options_.dry_run) {
      if (auto made = make_target(options_.to); !made) return std::unexpected(made.error());
    }
    for (const auto step : {&Recover::restore_job, &Recover::apply_tails}) {
      for (RecoveredJob& job : report_.jobs) {
        const Status done = job.failed ? Status{} : (this->*step)(job);
        if (!done && ends_all(done.error())) return in_part(done.error());
        if (!done) failed(job, done.error());
      }
    }
    if (nothing_came_back()) return fail(Code::corrupt, "{}", fmt::join(report_.failed, "\n"));
    if (options_.dry_run) return std::move(report_);
    if (!report_.state.empty()) {
      if (auto done = settle_state(options_.to, report_.state); !done) return in_part(done.error());
    }
    find_missing();
    return std::move(report_);
  }

 private:
  Status find_jobs();
  Status look_into(RecoveredJob& job);
  Status check_place();
  Status restore_job(RecoveredJob& job);
  Status apply_tails(RecoveredJob& job);
  void find_missing();
  void failed(RecoveredJob& job, const Error& error) {
    job.failed = true;
    report_.failed.push_back(fmt::format("{} is not restored, or only in part: {}", job.job, error.text()));
  }
  bool nothing_came_back() const { return std::ranges::all_of(report_.jobs, &RecoveredJob::failed); }
  std::unexpected<Error> in_part(const Error& error) const {
    if (options_.dry_run) return std::unexpected(error);
    return fail(error, "{} is restored only in part; mend this, and come again with --force", report_.host);
  }

  RestoreOptions how() const {
    RestoreOptions how;
    how.to = options_.to;
    how.force = true;
    how.links_out = options_.links_out;
    how.owners = options_.owners;
    how.dry_run = options_.dry_run;
    how.stop = options_.stop;
    how.meter = options_.meter;
    return how;
  }

  objects::ObjectStore& store_;
  const std::vector<Identity>& identities_;
  const RecoverOptions& options_;
  RecoverReport report_;
};

Status Recover::find_jobs() {
  auto jobs = jobs_in(store_);
  if (!jobs) return std::unexpected(jobs.error());
  Newest newest;
  for (const std::string& job : *jobs) {
    const Status found = find_newest(store_, job, options_, newest, report_.notes);
    if (!found && found.error().code() == Code::denied) return found;
    if (!found) report_.failed.push_back(fmt::format("{} is not restored: {}", job, found.error().text()));
  }
  if (newest.empty() && !report_.failed.empty())
    return fail(Code::unavailable, "{}", fmt::join(report_.failed, "\n"));
  auto host = host_of(newest, options_, store_.place());
  if (!host) return std::unexpected(host.error());
  report_.host = std::move(*host);
  for (const auto& [job, time] : newest[report_.host]) report_.jobs.push_back({.job = job, .time = time});
  for (const std::string& job : *jobs) {
    if (!options_.until.empty() && !is_known(newest, job))
      report_.notes.push_back(job + " holds nothing" + from_before(options_.until));
  }
  // What two jobs hold comes from the newer backup, last.
  std::ranges::sort(report_.jobs, {}, &RecoveredJob::time);
  for (RecoveredJob& job : report_.jobs) {
    if (auto looked = look_into(job); !looked) return looked;
  }
  return {};
}

/// Where configuration and state folder were, and which databases it has.
Status Recover::look_into(RecoveredJob& job) {
  if (job.time.empty()) return {};
  auto manifest = read_manifest(store_, job.job, job.time);
  if (!manifest) return std::unexpected(manifest.error());
  for (const Database& each : manifest->databases)
    report_.databases.push_back({job.job, job.time, each.name, each.source, each.path});
  for (const SourceNote& source : manifest->sources) {
    if (source.kind == "configuration") report_.config = below(options_.to, source.path);
    if (source.kind == "state") report_.state = below(options_.to, source.path);
  }
  if (manifest->recipients.empty()) return {};
  if (const auto key = open_key(manifest->recipients, identities_); !key) failed(job, key.error());
  return {};
}

Status Recover::check_place() {
  if (!report_.state.empty()) {
    const auto keeper = keeper::Client::connect(report_.state, kSecond);
    if (keeper || keeper.error().code() != Code::unavailable) {
      return fail(
          Code::conflict,
          "a Steward runs on the state folder {}; stop it (`steward shutdown --state {}`), or restore "
          "elsewhere",
          report_.state, report_.state);
    }
  }
  if (nothing_came_back()) return fail(Code::denied, "{}", fmt::join(report_.failed, "\n"));
  if (options_.force) return {};
  for (RecoveredJob& job : report_.jobs) {
    if (job.time.empty() || job.failed) continue;
    RestoreOptions look = how();
    look.dry_run = true;
    look.force = false;
    look.beside = true;
    const auto free = restore(store_, job.job, job.time, identities_, look);
    if (!free && free.error().code() == Code::corrupt) failed(job, free.error());
    if (!free && !job.failed) return std::unexpected(free.error());
  }
  return {};
}

Status Recover::restore_job(RecoveredJob& job) {
  if (job.time.empty()) return {};
  auto done = restore(store_, job.job, job.time, identities_, how());
  if (!done) return std::unexpected(done.error());
  job.files = done->files;
  job.bytes = done->bytes;
  report_.newest = std::max(report_.newest, job.time);
  return {};
}

Status Recover::apply_tails(RecoveredJob& job) {
  auto tails = list_tails(store_, job.job, report_.host, job.time, options_.until);
  if (!tails) return std::unexpected(tails.error());
  if (tails->times.empty()) return {};
  if (options_.dry_run) {
    job.tails = {static_cast<std::int64_t>(tails->times.size()), tails->bytes, tails->times.back()};
  } else {
    begin(options_.meter, "adding what was shipped of " + job.job);
    const TailsOptions where{.to = options_.to, .only = {}, .owners = options_.owners, .stop = options_.stop};
    auto done = restore_tails(store_, job.job, report_.host, *tails, identities_, where);
    if (!done) return std::unexpected(done.error());
    job.tails = std::move(*done);
  }
  report_.newest = std::max(report_.newest, job.tails.newest);
  return {};
}

/// What the restored configuration names and this machine has not where it says.
void Recover::find_missing() {
  const auto text =
      report_.config.empty() ? Result<std::string>("") : read_file(report_.config, config::kLargestFile);
  if (!text || text->empty()) return;
  const config::Settings settings = config::parse(*text, report_.config).settings;
  std::set<std::string> paths;
  for (const config::NamedFile& file : config::named_files(settings)) paths.insert(file.path);
  for (const config::Bot& bot : settings.bots) {
    if (!bot.spec.working_dir.empty()) paths.insert(bot.spec.working_dir);
  }
  for (const std::string& path : paths) {
    if (exists(path)) continue;
    const std::string restored = below(options_.to, path);
    report_.missing.push_back(exists(restored)
                                  ? fmt::format("{} is not there; it was restored as {}", path, restored)
                                  : fmt::format("{} is not there, and in none of the backups", path));
  }
}

}  // namespace

Result<std::vector<std::string>> jobs_in(objects::ObjectStore& store) {
  std::set<std::string> jobs;
  std::string after;
  while (true) {
    auto page = store.list("", after, 1);
    if (!page) return std::unexpected(page.error());
    if (page->objects.empty()) return std::vector<std::string>(jobs.begin(), jobs.end());
    const std::string& key = page->objects.front().key;
    const auto slash = key.find('/');
    std::string first = key.substr(0, slash);
    after = slash == std::string::npos ? key : first + "0";  // '0' follows '/': behind all that is below it
    if (first.ends_with(".tail")) first.resize(first.size() - 5);
    if (slash != std::string::npos && is_job_name(first)) jobs.insert(std::move(first));
  }
}

Result<RecoverReport> recover(objects::ObjectStore& store, const std::vector<Identity>& identities,
                              const RecoverOptions& options) {
  return Recover(store, identities, options).run();
}

}  // namespace steward::backup
