#include "store/snapshot.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "os/files.hpp"
#include "store/sqlite_code.hpp"

namespace steward::store {

namespace {
constexpr int kPages = 256;
}

struct Snapshot::Parts {
  std::string path;
  sqlite3* to = nullptr;
  sqlite3_backup* backup = nullptr;
  bool complete = false;

  Parts() = default;
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() {
    sqlite3_backup_finish(backup);
    sqlite3_close_v2(to);
    if (!complete) ::unlink(path.c_str());
  }
};

Snapshot::Snapshot(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Snapshot::Snapshot(Snapshot&&) noexcept = default;
Snapshot& Snapshot::operator=(Snapshot&&) noexcept = default;
Snapshot::~Snapshot() = default;

Result<Snapshot> Snapshot::begin(Db& from, const std::string& to) {
  ::unlink(to.c_str());
  if (auto made = open_file(to, O_WRONLY | O_CREAT | O_EXCL, 0600); !made)
    return std::unexpected(made.error());
  auto parts = std::make_unique<Parts>();
  parts->path = to;
  const int opened =
      sqlite3_open_v2(to.c_str(), &parts->to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (opened != SQLITE_OK) return fail(code_of(opened), "cannot open {}", to);
  sqlite3_exec(parts->to, "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF", nullptr, nullptr, nullptr);
  parts->backup = sqlite3_backup_init(parts->to, "main", from.handle(), "main");
  if (parts->backup == nullptr)
    return fail(Code::internal, "cannot copy into {}: {}", to, sqlite3_errmsg(parts->to));
  return Snapshot(std::move(parts));
}

Result<bool> Snapshot::step() {
  const int result = sqlite3_backup_step(parts_->backup, kPages);
  if (result == SQLITE_OK) return false;
  if (result != SQLITE_DONE)
    return fail(code_of(result), "cannot copy into {}: {}", parts_->path, sqlite3_errstr(result));
  const int finished = sqlite3_backup_finish(std::exchange(parts_->backup, nullptr));
  if (finished != SQLITE_OK)
    return fail(code_of(finished), "cannot copy into {}: {}", parts_->path, sqlite3_errstr(finished));
  parts_->complete = true;
  return true;
}

}  // namespace steward::store
