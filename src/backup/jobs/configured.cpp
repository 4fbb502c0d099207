#include "backup/jobs/configured.hpp"

#include <unistd.h>

#include <algorithm>

#include "backup/jobs/job_facts.hpp"
#include "backup/ship/ship_file.hpp"
#include "config/database_url.hpp"
#include "config/named_files.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

constexpr std::string_view kSqlite = "sqlite://";

/// A path as a pattern that means itself.
std::string literal(const std::string& path) {
  std::string pattern;
  for (const char c : path) {
    if (c == '*' || c == '?' || c == '[' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern;
}

/// As manifests name it, also when it is not there yet.
std::string real_name(const std::string& path) {
  return real_path(path).value_or(path);
}

/// What the configuration names and `steward up` needs; secrets only under encryption.
void add_named_files(Job& job, const config::Settings& settings) {
  for (const config::NamedFile& file : config::named_files(settings)) {
    if (!exists(file.path)) continue;
    if (file.secret && job.recipients.empty()) {
      job.notes.push_back(file.path + " is not in this backup because it is not encrypted");
    } else {
      job.sources.push_back({SourceKind::files, literal(file.path), {}});
    }
  }
}

void add_journals(Job& job, const config::Backup& backup, const config::Settings& settings) {
  job.origin.push_back({"state", real_name(settings.state)});
  std::vector<std::string> excludes = backup.excludes;
  excludes.emplace_back("out.fifo");  // else each would be worth a note
  // The folders of the runs: what else lies in the state folder can be made again.
  for (const char* folder : {"/bots/*/runs", "/agent/runs", "/keeper/runs"})
    job.sources.push_back({SourceKind::journals, literal(settings.state) + folder, excludes});
}

/// All that `steward up` needs to go on. The databases come before the journals: how far these were folded
/// must never lie behind their end.
void add_steward(Job& job, const config::Backup& backup, const config::Settings& settings) {
  const std::string state = literal(settings.state);
  job.sources.push_back({SourceKind::files, literal(settings.file), {}});
  job.origin.push_back({"configuration", real_name(settings.file)});
  add_named_files(job, settings);
  for (const char* database : {"/agent/steward.db", "/agent/state.db"})
    job.sources.push_back({SourceKind::sqlite, state + database, {}, true});
  for (const char* file : {"/bots/*/gate", "/bots/*/down", "/agent/totals"})
    job.sources.push_back({SourceKind::files, state + file, {}, true});
  add_journals(job, backup, settings);
}

void add_source(Job& job, const std::string& source, const config::Backup& backup,
                const config::Settings& settings) {
  if (source == "journals") {
    add_journals(job, backup, settings);
  } else if (source == "steward") {
    add_steward(job, backup, settings);
  } else if (source.starts_with(kSqlite)) {
    job.sources.push_back({SourceKind::sqlite, source.substr(kSqlite.size()), {}});
  } else if (source.starts_with(config::kDatabaseUrl)) {
    job.sources.push_back({.kind = SourceKind::postgres,
                           .path = source,
                           .plain = backup.plain,
                           .row_counts = backup.row_counts});
  } else {
    job.sources.push_back({SourceKind::files, source, backup.excludes});
  }
}

JournalWatch::Settings watch_of(const config::Backup& backup, const config::Settings& settings) {
  const bool own = backup.has_steward();
  return {real_name(settings.state), own ? real_name(settings.file) : "", own, backup.excludes};
}

/// The public key of the host's drill key, which is made with the first.
Result<std::string> drill_public_key(const std::string& state) {
  const std::string path = drill_key_path(state);
  auto key = read_secret_key(path);
  if (!key && key.error().code() == Code::not_found) {
    key = make_identity();
    if (auto put = replace_file(path, secret_key_line(*key).reveal()); !put)
      return std::unexpected(put.error());
  }
  if (!key) return std::unexpected(key.error());
  return key->public_key;
}

objects::StoreOptions store_options(const config::Objects& objects) {
  objects::StoreOptions how;
  how.endpoint = objects.endpoint;
  how.region = objects.region;
  how.profile = objects.profile;
  how.addressing = objects.addressing == "path"      ? objects::Addressing::path
                   : objects.addressing == "virtual" ? objects::Addressing::virtual_hosted
                                                     : objects::Addressing::automatic;
  how.encryption = objects.encryption;
  how.kms_key = objects.kms_key;
  how.ca_file = objects.ca_file;
  how.checksums = objects.checksums;
  return how;
}

}  // namespace

Result<std::unique_ptr<objects::ObjectStore>> open_configured(const config::Objects& objects,
                                                              const Opening& opening) {
  objects::StoreOptions how = store_options(objects);
  how.read_only = opening.read_only;
  how.existing = opening.existing;
  how.deadline_ns = opening.deadline_ns;
  how.stop = opening.stop;
  return objects::open_store(objects.url, std::move(how));
}

Result<std::unique_ptr<objects::BucketLifecycle>> open_configured_lifecycle(const config::Objects& objects) {
  objects::StoreOptions how = store_options(objects);
  how.deadline_ns = 60 * kSecond;  // somebody waits
  return objects::open_lifecycle(objects.url, std::move(how));
}

std::vector<Source> sources_of(const config::Backup& backup, const config::Settings& settings) {
  Job job;
  for (const std::string& source : backup.sources) add_source(job, source, backup, settings);
  return std::move(job.sources);
}

bool stands_alone(const config::Backup& backup, const config::Settings& settings) {
  return std::ranges::all_of(sources_of(backup, settings), [](const Source& source) {
    return source.kind == SourceKind::postgres || source.kind == SourceKind::sqlite;
  });
}

Result<std::vector<Recipient>> recipients_of(const config::Backup& backup, const config::Settings& settings) {
  std::vector<Recipient> recipients;
  for (const auto& [name, line] : backup.encrypt_to) {
    auto key = parse_public_key(line);
    if (!key) return fail(key.error(), "the key \"{}\" of the backup {}", name, backup.name);
    recipients.push_back({name, std::move(*key)});
  }
  if (recipients.empty() || !backup.drill_key) return recipients;
  auto drill = drill_public_key(settings.state);
  if (!drill) return std::unexpected(drill.error());
  if (std::ranges::find(recipients, *drill, &Recipient::public_key) == recipients.end())
    recipients.push_back({"drill of " + host_of(settings), std::move(*drill)});
  return recipients;
}

Result<Job> job_of(const config::Backup& backup, const config::Settings& settings) {
  Job job;
  job.name = backup.name;
  auto recipients = recipients_of(backup, settings);
  if (!recipients) return std::unexpected(recipients.error());
  job.recipients = std::move(*recipients);
  // A database first: the folder it lies in, when that is a source too, then leaves it alone.
  for (const bool databases : {true, false}) {
    for (const std::string& source : backup.sources) {
      if (source.starts_with(kSqlite) == databases) add_source(job, source, backup, settings);
    }
  }
  job.compression = backup.gzip ? Compression::gzip : Compression::zstd;
  job.bytes_a_second = backup.bandwidth;
  job.storage_class = settings.objects.storage_class;
  return job;
}

Result<ShipJob> ship_job_of(const config::Backup& backup, const config::Settings& settings) {
  const std::string folder = work_folder(settings.state);
  if (auto made = make_folders(folder, 0700); !made) return std::unexpected(made.error());
  auto recipients = recipients_of(backup, settings);
  if (!recipients) return std::unexpected(recipients.error());
  return ShipJob{.name = backup.name,
                 .host = host_of(settings),
                 .recipients = std::move(*recipients),
                 .watch = watch_of(backup, settings),
                 .work_folder = folder,
                 .place = place_of(settings)};
}

ShipFacts unshipped(const config::Backup& backup, const config::Settings& settings, const Clock& clock) {
  const std::string folder = work_folder(settings.state);
  const std::string place = place_of(settings);
  ShipFile known = read_ship_file(folder, backup.name, place);
  ShipState state;
  state.restore(std::move(known.files), known.facts);
  const JobFacts facts_of_job = read_job_facts(folder, backup.name, place, known.facts.store);
  if (facts_of_job.made.started != 0) state.covered(facts_of_job.made.started);
  std::vector<Seen> seen;
  // What cannot be read now cannot be shipped either; the shipper says so.
  static_cast<void>(JournalWatch(watch_of(backup, settings)).look(state, clock.wall(), seen));
  std::erase_if(seen, [](const Seen& file) { return file.kind != PieceKind::grow; });
  static_cast<void>(state.next(seen, 0, clock.wall()));
  ShipFacts facts = state.facts();
  facts.error = known.facts.error;
  facts.failing_since = known.facts.failing_since;
  return facts;
}

Keep keep_of(const config::KeepBackups& keep) {
  const auto count = [](std::int64_t number) { return static_cast<int>(number); };
  return {count(keep.last),   count(keep.hourly),  count(keep.daily),
          count(keep.weekly), count(keep.monthly), count(keep.yearly)};
}

std::string host_of(const config::Settings& settings) {
  return settings.objects.host.empty() ? host_name() : settings.objects.host;
}

std::string host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return "unknown";
  return name;
}

std::string place_of(const config::Settings& settings) {
  const config::Objects& objects = settings.objects;
  return fmt::format("{} {} {}", objects.url, objects.endpoint, host_of(settings));
}

std::string work_folder(const std::string& state) {
  return state + "/backup";
}

std::string drill_key_path(const std::string& state) {
  return work_folder(state) + "/drill.key";
}

}  // namespace steward::backup
