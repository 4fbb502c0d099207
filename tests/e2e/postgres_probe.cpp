// What a drill and `steward backup status` do with a database, for the tests:
//   postgres_probe drill STORE JOB TO     postgres_probe empty URL     postgres_probe wal URL LSN
#include <cstdio>
#include <string_view>

#include "backup/postgres/restore_database.hpp"
#include "backup/postgres/snapshot.hpp"
#include "backup/restore/restore.hpp"
#include "objects/open_store.hpp"

namespace {

using namespace steward;

Result<std::int64_t> drill(const std::string& url, const std::string& job, const std::string& to) {
  auto store = objects::open_store(url);
  if (!store) return std::unexpected(store.error());
  auto time = backup::newest_backup(**store, job);
  if (!time) return std::unexpected(time.error());
  backup::DatabaseRestoreOptions options;
  options.to = to;
  options.drill = true;
  auto done = backup::restore_database(**store, job, *time, {}, options);
  if (!done) return std::unexpected(done.error());
  return done->differences.empty() ? done->rows : -1;
}

Result<std::int64_t> answer(int argc, char** argv) {
  const std::string_view what = argc > 2 ? argv[1] : "";
  if (what == "drill" && argc == 5) return drill(argv[2], argv[3], argv[4]);
  if (what == "wal" && argc == 4) return backup::wal_bytes_since(argv[2], argv[3]);
  if (what == "empty" && argc == 3) {
    if (auto emptied = backup::empty_drill_database(argv[2]); !emptied)
      return std::unexpected(emptied.error());
    return 0;
  }
  return fail(Code::invalid, "unknown words");
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = answer(argc, argv);
  if (!number) return std::fprintf(stderr, "%s\n", number.error().text().c_str()), 1;
  std::printf("%lld\n", static_cast<long long>(*number));
  return 0;
}
