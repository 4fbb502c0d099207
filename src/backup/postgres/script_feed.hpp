#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "backup/manifest/manifest.hpp"
#include "backup/postgres/session.hpp"

namespace steward::backup {

/// Feeds a dump into a session as the script of one transaction that only commit() ends: a plain dump as it
/// is, a custom one through pg_restore. Destroyed without commit(), the transaction is rolled back. The
/// session outlives it; its thread.
class ScriptFeed {
 public:
  static Result<std::unique_ptr<ScriptFeed>> begin(PostgresSession& session, const Database& dump, bool clean,
                                                   const PostgresOptions& options);
  /// The next bytes of the dump.
  Status write(std::string_view bytes);
  /// The dump is whole and verified. The server has done all of it, and can be asked, within the transaction.
  Status finish();
  /// `last`, SQL or empty, belongs to the transaction.
  Status commit(const std::string& last);

 private:
  explicit ScriptFeed(PostgresSession& session) : session_(session) {}
  Status take(std::string_view script);
  Status end_of_script();

  PostgresSession& session_;
  std::unique_ptr<PipedProcess> pg_restore_;  // none: plain
  std::string held_;                          // the end of pg_restore's script, which has its COMMIT
};

}  // namespace steward::backup
