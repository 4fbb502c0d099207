#include "store/database_check.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

#include "os/files.hpp"
#include "store/sqlite.hpp"

namespace steward::store {

namespace {

using namespace std::string_view_literals;

/// The log is the copy's own: a link, which may lead to the living database's, is left alone.
bool has_log(const std::string& path) {
  struct ::stat log{}, shared{};
  if (::lstat((path + "-wal").c_str(), &log) != 0 || !S_ISREG(log.st_mode)) return false;
  return ::lstat((path + "-shm").c_str(), &shared) != 0 || S_ISREG(shared.st_mode);
}

/// SQLite asks this now and then while it computes; between pages it looks for sqlite3_interrupt() itself.
int is_stopped(void* stop) {
  return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

}  // namespace

bool is_database(const std::string& path) {
  constexpr auto kMagic = "SQLite format 3\0"sv;  // sqlite.org/fileformat.html
  char head[kMagic.size()];
  const auto file = open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  return file && ::read(file->get(), head, sizeof head) == sizeof head &&
         std::string_view(head, sizeof head) == kMagic;
}

Status check_database(const std::string& path, const std::stop_token& stop) {
  constexpr int kStepsBetween = 1'000'000;
  auto database = Db::open(path, has_log(path) ? Db::Mode::with_log : Db::Mode::snapshot);
  if (!database) return std::unexpected(database.error());
  sqlite3* const handle = database->handle();
  std::stop_token asked = stop;
  sqlite3_progress_handler(handle, kStepsBetween, is_stopped, &asked);
  const std::stop_callback interrupt(stop, [handle] { sqlite3_interrupt(handle); });
  // Whether rows keep the rules of their table says nothing of the copy.
  if (auto set = database->exec("PRAGMA ignore_check_constraints=ON"); !set) return set;
  const auto said = database->text("PRAGMA integrity_check(1)");
  if (stop.stop_requested()) return fail(Code::timeout, "the check of {} was not over in time", path);
  if (!said) return std::unexpected(said.error());
  return *said == "ok" ? Status{} : fail(Code::corrupt, "{}", *said);
}

}  // namespace steward::store
