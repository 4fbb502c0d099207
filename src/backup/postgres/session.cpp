#include "backup/postgres/session.hpp"

#include "backup/postgres/answers.hpp"

namespace steward::backup {

namespace {

constexpr std::size_t kMostAnswer = 64 << 20;
constexpr std::string_view kMark = "steward-answer-";

}  // namespace

Result<PostgresSession> PostgresSession::open(const std::string& url, const PostgresOptions& options) {
  const auto psql = find_psql(options.folders);
  if (!psql) return std::unexpected(psql.error());
  auto answer = std::make_unique<std::string>();
  // -X: no ~/.psqlrc; -w: nobody is there to be asked for a password.
  PipedCommand command = command_of(*psql, {"-XAtqw", "-v", "ON_ERROR_STOP=1", "-d", url});
  command.env.emplace_back("PGCLIENTENCODING=UTF8");
  command.input = true;
  command.silence = options.patience;
  command.stop = options.stop;
  command.output = [text = answer.get()](std::string_view bytes) -> Status {
    if (text->size() + bytes.size() > kMostAnswer) return fail(Code::corrupt, "psql answers without end");
    text->append(bytes);
    return {};
  };
  auto process = PipedProcess::start(std::move(command));
  if (!process) return std::unexpected(process.error());
  PostgresSession session(std::move(*process), std::move(answer));
  // What roles and databases may have set for people must not end what takes hours; a lock must not either.
  if (auto set =
          session.ask("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; "
                      "SET lock_timeout = '60s'; SET row_security = off; SET client_min_messages = warning");
      !set)
    return std::unexpected(set.error());
  return session;
}

Result<std::string> PostgresSession::ask(const std::string& sql) {
  if (auto begun = begin(sql); !begun) return std::unexpected(begun.error());
  return answer();
}

Status PostgresSession::begin(const std::string& sql) {
  answer_->clear();
  // Never an empty statement: after the data of a COPY the psql of 15.20 runs nothing that follows one.
  const std::string text =
      fmt::format("{}{}SELECT '{}{}';\n", sql, sql.empty() ? "" : ";\n", kMark, ++count_);
  if (auto put = process_->write(text); !put) return broken(&put.error());
  return {};
}

Result<std::string> PostgresSession::answer() {
  const std::string end = fmt::format("{}{}\n", kMark, count_);
  const auto here = process_->read_until([&] { return answer_->ends_with(end); });
  if (!here) return broken(&here.error());
  if (!*here) return broken(nullptr);
  answer_->resize(answer_->size() - end.size());
  return std::move(*answer_);
}

Status PostgresSession::feed(std::string_view bytes) {
  if (auto put = process_->write(bytes); !put) return broken(&put.error());
  answer_->clear();  // what the script's own SELECTs answer
  return {};
}

Status PostgresSession::fail_at_errors(bool yes) {
  return feed(fmt::format("\\set ON_ERROR_STOP {:d}\n\\set ON_ERROR_ROLLBACK {:d}\n", yes, !yes));
}

bool PostgresSession::gave_up() {
  constexpr std::int64_t kMoment = kSecond;
  return process_->ends_within(kMoment) && !process_->said().empty();
}

std::string PostgresSession::complaint() const {
  return told_by(process_->said(), known_password());
}

/// What psql said before it gave up is the reason; else what became of our waiting.
std::unexpected<Error> PostgresSession::broken(const Error* error) {
  if (error != nullptr && error->code() != Code::unavailable) return std::unexpected(*error);
  process_->close_input();
  static_cast<void>(process_->finish());
  return fail(Code::unavailable, "{}", complaint());
}

}  // namespace steward::backup
