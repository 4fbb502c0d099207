#include "cli/backup_job.hpp"

#include "backup/restore.hpp"
#include "base/clock.hpp"
#include "cli/log_reader.hpp"
#include "os/files.hpp"

namespace steward::cli {

namespace {

constexpr std::string_view kSqlite = "sqlite://";

void add_source(backup::Job& job, const std::string& source, const config::Backup& backup,
                const std::string& state) {
  if (source == "journals") {
    // The folders of the runs: what else lies in the state folder can be made again.
    for (const char* folder : {"/bots/*/runs", "/agent/runs", "/keeper/runs"})
      job.sources.push_back({backup::SourceKind::journals, state + folder, backup.excludes});
  } else if (source.starts_with(kSqlite)) {
    job.sources.push_back({backup::SourceKind::sqlite, source.substr(kSqlite.size()), {}});
  } else {
    job.sources.push_back({backup::SourceKind::files, source, backup.excludes});
  }
}

}  // namespace

Result<backup::Job> job_of(const config::Backup& backup, const std::string& state) {
  backup::Job job;
  job.name = backup.name;
  for (const std::string& source : backup.sources) add_source(job, source, backup, state);
  job.compression = backup.gzip ? backup::Compression::gzip : backup::Compression::zstd;
  job.bytes_a_second = backup.bandwidth;
  for (const auto& [name, line] : backup.encrypt_to) {
    auto key = backup::parse_public_key(line);
    if (!key) return fail(key.error(), "the key \"{}\" of the backup {}", name, backup.name);
    job.recipients.push_back({name, std::move(*key)});
  }
  return job;
}

backup::Keep keep_of(const config::KeepBackups& keep) {
  const auto count = [](std::int64_t number) { return static_cast<int>(number); };
  return {count(keep.last),   count(keep.hourly),  count(keep.daily),
          count(keep.weekly), count(keep.monthly), count(keep.yearly)};
}

Result<std::unique_ptr<objects::ObjectStore>> store_of(const Options& options,
                                                       const config::Settings* settings) {
  objects::StoreOptions how;
  if (settings != nullptr) {
    how.endpoint = settings->objects.endpoint;
    how.region = settings->objects.region;
    how.profile = settings->objects.profile;
  }
  const std::string url = !options.store.empty() ? options.store
                          : settings == nullptr  ? ""
                                                 : settings->objects.url;
  if (url.empty())
    return fail(Code::invalid,
                "nothing says where the backups are: give --store URL, or [objects] url in steward.toml");
  return objects::open_store(url, std::move(how));
}

Result<std::vector<backup::Identity>> keys_of(const Options& options) {
  constexpr std::size_t kLargestKey = 4096;
  std::vector<backup::Identity> keys;
  for (const std::string& path : options.keys) {
    auto line = read_file(path, kLargestKey);
    if (!line) return std::unexpected(line.error());
    const Secret text(std::move(*line));
    auto key = backup::parse_secret_key(text.reveal());
    if (!key) return fail(key.error(), "{}", path);
    keys.push_back(std::move(*key));
  }
  return keys;
}

Result<std::string> time_of(objects::ObjectStore& store, const std::string& job, const Options& options) {
  if (options.at.empty()) return backup::newest_backup(store, job);
  auto moment = parse_since(options.at, SystemClock().wall());
  if (!moment) return std::unexpected(moment.error());
  std::erase_if(*moment, [](char c) { return c == '-' || c == ':'; });
  return backup::newest_backup(store, job, *moment);
}

}  // namespace steward::cli
