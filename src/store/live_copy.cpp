#include "store/live_copy.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <memory>
#include <string_view>

#include "os/files.hpp"
#include "store/sqlite_code.hpp"

namespace steward::store {

namespace {

constexpr int kPatienceMs = 10'000;
constexpr int kFewPages = 1024;
constexpr int kMostRestarts = 8;

struct Close {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

Result<Handle> open(const std::string& path, int flags) {
  sqlite3* db = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Handle handle(db);
  if (result != SQLITE_OK)
    return fail(code_of(result), "cannot open {}: {}", path,
                db == nullptr ? "no memory" : sqlite3_errmsg(db));
  sqlite3_busy_timeout(db, kPatienceMs);
  return handle;
}

/// Copies in steps between which writers can commit. Whenever one does the copy begins anew, with larger
/// steps; the last attempt is one step, during which a writer with a rollback journal waits.
int copy(sqlite3_backup* backup, bool wal) {
  int pages = wal ? -1 : kFewPages;
  int restarts = 0;
  int before = 0;
  while (true) {
    const int result = sqlite3_backup_step(backup, pages);
    if (result != SQLITE_OK) return result;
    const int done = sqlite3_backup_pagecount(backup) - sqlite3_backup_remaining(backup);
    if (done <= before) {
      pages = ++restarts >= kMostRestarts ? -1 : pages * 2;
    }
    before = done;
  }
}

/// Whether readers and writers of this database do not wait for one another.
bool has_wal(sqlite3* db) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &statement, nullptr) != SQLITE_OK) return false;
  const bool wal =
      sqlite3_step(statement) == SQLITE_ROW &&
      std::string_view(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0))) == "wal";
  sqlite3_finalize(statement);
  return wal;
}

Status copy_into(const std::string& path, const std::string& to) {
  auto from = open(path, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW);
  if (!from) return std::unexpected(from.error());
  auto copied = open(to, SQLITE_OPEN_READWRITE);
  if (!copied) return std::unexpected(copied.error());
  // What is copied is thrown away once it is in the archive; a power cut takes the whole backup with it.
  sqlite3_exec(copied->get(), "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF", nullptr, nullptr, nullptr);
  sqlite3_backup* backup = sqlite3_backup_init(copied->get(), "main", from->get(), "main");
  if (backup == nullptr)
    return fail(Code::internal, "cannot copy {}: {}", path, sqlite3_errmsg(copied->get()));
  const int result = copy(backup, has_wal(from->get()));
  sqlite3_backup_finish(backup);
  if (result == SQLITE_DONE) return {};
  if ((result & 0xff) == SQLITE_READONLY && exists(path + "-journal")) {
    return fail(
        Code::conflict,
        "cannot copy {}: its program was killed in a transaction, which the next one that opens it undoes; "
        "start its bot, or run: sqlite3 {} .tables",
        path, path);
  }
  return fail(code_of(result), "cannot copy {} to {}: {}", path, to, sqlite3_errstr(result));
}

}  // namespace

Status copy_live(const std::string& path, const std::string& to) {
  if (auto there = file_size(path); !there) return std::unexpected(there.error());
  ::unlink(to.c_str());
  if (auto made = open_file(to, O_WRONLY | O_CREAT | O_EXCL, 0600); !made)
    return std::unexpected(made.error());
  auto copied = copy_into(path, to);
  if (!copied) ::unlink(to.c_str());
  return copied;
}

}  // namespace steward::store
