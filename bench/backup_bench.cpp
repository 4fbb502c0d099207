// links: steward_backup
// One backup of a folder or a database (postgresql://…) into a folder store, at the priority of the peers;
// the verification or the restore of the newest. With a key file everything is encrypted.
//   backup_bench [--gzip] [--no-rows] [--key FILE] backup SOURCE STORE | verify STORE | restore STORE TO
#include <cstdio>
#include <string_view>

#include "backup/backup.hpp"
#include "backup/postgres/restore_database.hpp"
#include "backup/restore/restore.hpp"
#include "backup/restore/verify.hpp"
#include "config/database_url.hpp"
#include "objects/open_store.hpp"

namespace {

using namespace steward;

struct Options {
  backup::Compression compression = backup::Compression::zstd;
  bool row_counts = true;
  std::vector<backup::Identity> identities;
};

template <class T>
Status status_of(const Result<T>& result) {
  return result ? Status{} : std::unexpected(result.error());
}

Status backup_once(const std::string& source, objects::ObjectStore& store, const Options& options) {
  const SystemClock clock;
  backup::Job job;
  job.name = "bench";
  const bool database = source.starts_with(config::kDatabaseUrl);
  job.sources = {{database ? backup::SourceKind::postgres : backup::SourceKind::files, source, {}}};
  job.sources[0].row_counts = options.row_counts;
  job.compression = options.compression;
  for (const auto& each : options.identities) job.recipients.push_back({"bench", each.public_key});
  backup::Environment environment;
  environment.clock = &clock;
  environment.host = "bench";
  environment.scratch = "/tmp";
  environment.low_priority = false;  // the peers have none either
  return status_of(backup::run_backup(job, store, environment));
}

Status restore_once(objects::ObjectStore& store, const std::string& to, const Options& options) {
  auto time = backup::newest_backup(store, "bench");
  if (!time) return std::unexpected(time.error());
  if (!to.starts_with(config::kDatabaseUrl)) {
    backup::RestoreOptions restore;
    restore.to = to;
    return status_of(backup::restore(store, "bench", *time, options.identities, restore));
  }
  backup::DatabaseRestoreOptions restore;
  restore.to = to;
  auto done = backup::restore_database(store, "bench", *time, options.identities, restore);
  if (!done) return std::unexpected(done.error());
  if (!done->differences.empty()) return fail(Code::internal, "{}", done->differences.front());
  return {};
}

Status verify_once(objects::ObjectStore& store, const Options& options) {
  auto time = backup::newest_backup(store, "bench");
  if (!time) return std::unexpected(time.error());
  return status_of(backup::verify(store, "bench", *time, options.identities));
}

Status run(std::vector<std::string> words) {
  Options options;
  while (words.size() > 2 && words[0].starts_with("--")) {
    if (words[0] == "--gzip" || words[0] == "--no-rows") {
      if (words[0] == "--gzip") options.compression = backup::Compression::gzip;
      if (words[0] == "--no-rows") options.row_counts = false;
      words.erase(words.begin());
      continue;
    }
    auto key = backup::read_secret_key(words[1]);
    if (!key) return std::unexpected(key.error());
    options.identities.push_back(std::move(*key));
    words.erase(words.begin(), words.begin() + 2);
  }
  if (words.size() < 2) return fail(Code::invalid, "see the head of bench/backup_bench.cpp");
  const bool backing_up = words[0] == "backup";
  auto store = objects::open_store("file://" + words.at(backing_up ? 2 : 1));
  if (!store) return std::unexpected(store.error());
  if (backing_up) return backup_once(words[1], **store, options);
  return words[0] == "verify" ? verify_once(**store, options) : restore_once(**store, words.at(2), options);
}

}  // namespace

int main(int argc, char** argv) {
  const Status done = run({argv + 1, argv + argc});
  if (!done) std::fprintf(stderr, "%s\n", done.error().text().c_str());
  return done ? 0 : 1;
}
