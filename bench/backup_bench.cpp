// links: steward_backup
// One backup of a folder into a folder store, or the restore of the newest; prints seconds and the peak of
// memory in MiB.
//   backup_bench backup SOURCE STORE      backup_bench restore STORE TO
#include <sys/resource.h>

#include <cstdio>
#include <string_view>

#include "backup/backup.hpp"
#include "backup/restore.hpp"
#include "objects/open_store.hpp"

namespace {

using namespace steward;

Status backup_once(const std::string& source, objects::ObjectStore& store, const Clock& clock) {
  backup::Job job;
  job.name = "bench";
  job.sources = {{backup::SourceKind::files, source, {}}};
  backup::Environment environment;
  environment.clock = &clock;
  environment.host = "bench";
  environment.scratch = "/tmp";
  environment.low_priority = false;  // the peers have none either
  auto done = backup::run_backup(job, store, environment);
  return done ? Status{} : std::unexpected(done.error());
}

Status restore_once(objects::ObjectStore& store, const std::string& to) {
  auto time = backup::newest_backup(store, "bench");
  if (!time) return std::unexpected(time.error());
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
  const SystemClock clock;
  const MonoNs begin = clock.mono();
  const Status done = backing_up ? backup_once(argv[2], **store, clock) : restore_once(**store, argv[3]);
  if (!done) return std::fprintf(stderr, "%s\n", done.error().text().c_str()), 1;
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  std::printf("%.3f %.1f\n", static_cast<double>(clock.mono() - begin) * 1e-9,
              static_cast<double>(used.ru_maxrss) / 1024);
  return 0;
}
