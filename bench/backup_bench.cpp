// links: steward_backup
// One backup of a folder or a database (postgresql://…) into a folder store, at the priority of the peers, or
// the restore of the newest; prints the peak of memory in MiB.
//   backup_bench backup SOURCE STORE      backup_bench restore STORE TO
#include <sys/resource.h>

#include <cstdio>
#include <string_view>

#include "backup/backup.hpp"
#include "backup/postgres/restore_database.hpp"
#include "backup/restore.hpp"
#include "config/database_url.hpp"
#include "objects/open_store.hpp"

namespace {

using namespace steward;

Status backup_once(const std::string& source, objects::ObjectStore& store) {
  const SystemClock clock;
  backup::Job job;
  job.name = "bench";
  const bool database = source.starts_with(config::kDatabaseUrl);
  job.sources = {{database ? backup::SourceKind::postgres : backup::SourceKind::files, source, {}}};
  backup::Environment environment;
  environment.clock = &clock;
  environment.host = "bench";
  environment.scratch = "/tmp";
  environment.low_priority = false;  // the peers have none either
  auto done = backup::run_backup(job, store, environment);
  return done ? Status{} : std::unexpected(done.error());
}

Status restore_database(objects::ObjectStore& store, const std::string& time, const std::string& url) {
  backup::DatabaseRestoreOptions options;
  options.to = url;
  auto done = backup::restore_database(store, "bench", time, {}, options);
  if (!done) return std::unexpected(done.error());
  if (!done->differences.empty()) return fail(Code::internal, "{}", done->differences.front());
  return {};
}

Status restore_once(objects::ObjectStore& store, const std::string& to) {
  auto time = backup::newest_backup(store, "bench");
  if (!time) return std::unexpected(time.error());
  if (to.starts_with(config::kDatabaseUrl)) return restore_database(store, *time, to);
  backup::RestoreOptions options;
  options.to = to;
  auto done = backup::restore(store, "bench", *time, {}, options);
  return done ? Status{} : std::unexpected(done.error());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const bool backing_up = std::string_view(argv[1]) == "backup";
  auto store = objects::open_store(std::string("file://") + argv[backing_up ? 3 : 2]);
  if (!store) return std::fprintf(stderr, "%s\n", store.error().text().c_str()), 1;
  const Status done = backing_up ? backup_once(argv[2], **store) : restore_once(**store, argv[3]);
  if (!done) return std::fprintf(stderr, "%s\n", done.error().text().c_str()), 1;
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  std::printf("%.1f\n", static_cast<double>(used.ru_maxrss) / 1024);
  return 0;
}
