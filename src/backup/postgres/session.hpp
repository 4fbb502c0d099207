#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "backup/meter.hpp"
#include "backup/postgres/tools.hpp"
#include "os/piped_process.hpp"

namespace steward::backup {

/// How PostgreSQL's programs are found, waited for and stopped.
struct PostgresOptions {
  ToolFolders folders;
  std::int64_t silence = 30 * 60 * kSecond;     ///< of pg_dump, which then counts as hung
  std::int64_t patience = 12 * 3600 * kSecond;  ///< of one statement: a count, an index that is built
  std::stop_token stop;
  Meter* meter = nullptr;  ///< counts the bytes of dumps
};

/// One connection to one database, through psql: statements in, answers out, in order. The server rolls back
/// what is not committed when this ends. Its thread is that of its maker.
class PostgresSession {
 public:
  /// Connects. Failures are what psql said, without secrets.
  static Result<PostgresSession> open(const std::string& url, const PostgresOptions& options);

  /// Runs one or more statements and gives their answer, unaligned, '|' between fields; Code::corrupt when it
  /// is above 64 MiB. After a failure the session is of no more use.
  Result<std::string> ask(const std::string& sql);
  /// ask() in two halves, between which the server works and the caller may do other things.
  Status begin(const std::string& sql);
  Result<std::string> answer();
  /// Whether psql gave up, as it does at a failed statement: its complaint is why, and its snapshot is gone.
  /// Waits a moment for it.
  bool gave_up();
  /// What psql complained of so far, for a person.
  std::string complaint() const;
  /// Whether a statement that fails ends the session, as it does at first; else it has no answer, and the
  /// transaction goes on.
  Status fail_at_errors(bool yes);
  /// Bytes of a script, to be followed by ask() at the end of a statement.
  Status feed(std::string_view bytes);

 private:
  PostgresSession(std::unique_ptr<PipedProcess> process, std::unique_ptr<std::string> answer)
      : process_(std::move(process)), answer_(std::move(answer)) {}
  std::unexpected<Error> broken(const Error* error);

  std::unique_ptr<PipedProcess> process_;
  std::unique_ptr<std::string> answer_;
  int count_ = 0;
};

}  // namespace steward::backup
