#include "backup/postgres/restore_database.hpp"

#include "base/json_writer.hpp"
#include "base/units.hpp"
#include "cli/backup_job.hpp"
#include "cli/progress_bar.hpp"
#include "cli/terminal.hpp"

namespace steward::cli {

namespace {

void print_restored(const Options& options, const backup::DatabaseRestoreReport& done) {
  if (options.json) {
    JsonWriter out;
    out.object().field("backup", options.name).field("time", done.time).field("to", options.to);
    out.field("dump", done.dump).field("bytes", done.bytes).field("created", done.created);
    if (done.counted) out.field("tables", done.tables).field("rows", done.rows);
    return print(out.end().take() + "\n");
  }
  const std::string what =
      fmt::format("{}/{}: {}, {}", options.name, done.time, done.dump, format_bytes(done.bytes));
  if (options.dry_run)
    return print(fmt::format("{}, would be restored into {}{}\n", what, options.to,
                             done.created ? ", which would be made" : ""));
  const std::string rows =
      !done.counted ? "rows were not counted by the backup"
      : done.differences.empty()
          ? fmt::format("{} tables have the {} rows of the backup", done.tables, done.rows)
          : "rows differ from the backup";
  print(fmt::format("{}, every hash is right, restored into {}{}; {}\n", what, options.to,
                    done.created ? ", made for it" : "", rows));
}

}  // namespace

int restore_into_database(const Options& options, objects::ObjectStore& store, const std::string& time,
                          const std::vector<backup::Identity>& keys) {
  if (options.only.size() > 1)
    return give_up(Error(Code::invalid, "one database takes one dump; name one (--only)"));
  backup::DatabaseRestoreOptions how;
  how.to = options.to;
  if (!options.only.empty()) how.only = options.only.front();
  how.force = options.force;
  how.dry_run = options.dry_run;
  std::optional<ProgressBar> bar(!options.json);
  how.postgres.meter = bar->meter();
  auto done = backup::restore_database(store, options.name, time, keys, how);
  bar.reset();
  if (!done) return give_up(done.error());
  print_restored(options, *done);
  if (done->others > 0)
    remark(fmt::format("the backup has {} more files and dumps; restore --to FOLDER brings all of them",
                       done->others));
  for (const std::string& difference : done->differences) remark(difference);
  return done->differences.empty() ? kDone : kFailed;
}

}  // namespace steward::cli
