#include "backup/postgres/script_feed.hpp"

#include <algorithm>

#include "backup/postgres/answers.hpp"
#include "os/process.hpp"

namespace steward::backup {

namespace {

// Behind the COMMIT of pg_restore's script there are only some 100 bytes of comment.
constexpr std::size_t kHeld = 64 << 10;
constexpr std::string_view kCommit = "\nCOMMIT;\n";
constexpr int kOldestScripts = 12;  // of pg_restore that knows "-f -"

}  // namespace

Result<std::unique_ptr<ScriptFeed>> ScriptFeed::begin(PostgresSession& session, const Database& dump,
                                                      bool clean, const PostgresOptions& options) {
  std::unique_ptr<ScriptFeed> feed(new ScriptFeed(session));
  if (dump.plain) {
    if (auto begun = session.ask("BEGIN"); !begun) return std::unexpected(begun.error());
    return feed;
  }
  const int major = dump.pg_dump < 100 ? std::max(dump.pg_dump, kOldestScripts) : kOldestScripts;
  auto tool = find_tool(options.folders, "pg_restore", major);
  if (!tool) return std::unexpected(tool.error());
  std::vector<std::string> args{"--single-transaction", "--no-owner", "--no-acl", "-f", "-"};
  if (clean) args.insert(args.end(), {"--clean", "--if-exists"});
  PipedCommand command = command_of(*tool, std::move(args));
  command.input = true;
  command.silence = options.patience;
  command.stop = options.stop;
  command.output = [self = feed.get()](std::string_view script) { return self->take(script); };
  auto process = PipedProcess::start(std::move(command));
  if (!process) return std::unexpected(process.error());
  feed->pg_restore_ = std::move(*process);
  return feed;
}

Status ScriptFeed::write(std::string_view bytes) {
  if (!pg_restore_) return session_.feed(bytes);
  auto put = pg_restore_->write(bytes);
  if (put || put.error().code() != Code::unavailable || pg_restore_->said().empty()) return put;
  return fail(Code::unavailable, "pg_restore: {}", told_by(pg_restore_->said(), known_password()));
}

Status ScriptFeed::take(std::string_view script) {
  held_.append(script);
  if (held_.size() < 2 * kHeld) return {};
  auto fed = session_.feed(std::string_view(held_).substr(0, held_.size() - kHeld));
  held_.erase(0, held_.size() - kHeld);
  return fed;
}

/// Everything but the COMMIT of the script, which is ours to say.
Status ScriptFeed::end_of_script() {
  pg_restore_->close_input();
  auto status = pg_restore_->finish();
  if (!status) return std::unexpected(status.error());
  if (*status != 0) {
    return fail(Code::unavailable, "pg_restore {}: {}", wait_status_text(*status),
                told_by(pg_restore_->said(), known_password()));
  }
  const auto commit = held_.rfind(kCommit);
  if (commit == std::string::npos)
    return fail(Code::internal, "the script of pg_restore does not end with a COMMIT");
  // What follows ends psql's restricted mode.
  return session_.feed(held_.erase(commit + 1, kCommit.size() - 1));
}

Status ScriptFeed::finish() {
  if (pg_restore_) {
    if (auto ended = end_of_script(); !ended) return ended;
  }
  auto done = session_.ask("");
  return done ? Status{} : std::unexpected(done.error());
}

Status ScriptFeed::commit(const std::string& last) {
  if (!last.empty()) {
    if (auto said = session_.ask(last); !said) return std::unexpected(said.error());
  }
  auto committed = session_.ask("COMMIT");
  return committed ? Status{} : std::unexpected(committed.error());
}

}  // namespace steward::backup
