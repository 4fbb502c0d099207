#include "backup/jobs/job_facts.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/json/value.hpp>
#include <cerrno>
#include <chrono>
#include <thread>

#include "backup/manifest/json_fields.hpp"
#include "base/json_writer.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

namespace json = boost::json;

constexpr std::int64_t kLockPause = kSecond / 50;
constexpr std::size_t kLargest = 64 << 10;
constexpr std::size_t kLongestError = 4000;
/// The file is filled up with spaces to this, so that a failure can be noted where no disk block is free any
/// more.
constexpr std::size_t kLeastSize = 4096;
constexpr std::size_t kLongestErrorInPlace = 500;
constexpr std::size_t kMostDatabases = 100;

std::string path_of(const std::string& folder, const std::string& job, std::string_view suffix) {
  return fmt::format("{}/{}{}", folder, job, suffix);
}

/// Of the open file, not of the process: it goes with whoever holds it, and asking for it takes nothing.
struct ::flock whole_file() {
  struct ::flock whole{};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return whole;
}

/// Calls field(name, member) for everything an object of the file has, for reading and for writing.
template <class S, class F>
void scheduled_fields(S& scheduled, F field) {
  field("by", scheduled.by);
  field("since", scheduled.since);
}
template <class A, class F>
void attempt_fields(A& attempt, F field) {
  field("started", attempt.started);
  field("finished", attempt.finished);
  field("error", attempt.error);
}
template <class M, class F>
void made_fields(M& made, F field) {
  field("backup", made.time);
  field("started", made.started);
  field("finished", made.finished);
  field("files", made.files);
  field("bytes", made.bytes);
  field("bytes_stored", made.bytes_stored);
}
template <class P, class F>
void proved_fields(P& proved, F field) {
  field("backup", proved.time);
  field("started", proved.started);
  field("finished", proved.finished);
  field("files", proved.files);
  field("bytes", proved.bytes);
  field("rows", proved.rows);
  field("took_ns", proved.took_ns);
}

/// Takes members of one object. What is absent stays as it is: an older Steward did not write it.
auto taker(Fields& from) {
  return [&from](std::string_view name, auto& out) {
    if (!from.has(name)) return;
    if constexpr (std::is_same_v<decltype(out), std::string&>) {
      out = from.text(name, kLargest);
    } else {
      out = from.number(name, 0, INT64_MAX);
    }
  };
}

/// Calls take(fields) with the object `name`, when there is one.
template <class F>
void take_object(Fields& from, std::string_view name, F take) {
  if (!from.has(name)) return;
  Fields object = from.member(name);
  take(object);
}

void take_made(Fields& made, JobFacts::Made& out) {
  made_fields(out, taker(made));
  take_object(made, "wal", [&out](Fields& wal) {
    if (wal.object() == nullptr) return;
    for (const auto& member : *wal.object()) {
      if (out.wal.size() < kMostDatabases)
        out.wal.emplace_back(member.key(), wal.text(member.key(), kLargest));
    }
  });
}

/// What lies in the file: not smaller than `least`, texts bounded.
std::string text_of_file(const JobFacts& facts, std::size_t least, std::size_t longest_error) {
  JobFacts bounded = facts;
  if (bounded.made.wal.size() > kMostDatabases) bounded.made.wal.resize(kMostDatabases);
  for (Attempt* attempt : {&bounded.run, &bounded.drill}) {
    if (attempt->error.size() > longest_error) attempt->error.resize(longest_error);
  }
  std::string text = format_job_facts(bounded);
  if (text.size() < least) text.insert(text.size() - 1, least - text.size(), ' ');
  return text;
}

bool overwrite(const std::string& path, const std::string& text) {
  const auto file = open_file(path, O_WRONLY | O_NOFOLLOW);
  return file && ::pwrite(file->get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()) &&
         ::fdatasync(file->get()) == 0;
}

}  // namespace

std::string format_job_facts(const JobFacts& facts) {
  JsonWriter out;
  const auto put = [&out](std::string_view name, const auto& value) { out.field(name, value); };
  out.object().field("place", facts.place).field("store", facts.store).object("scheduled");
  scheduled_fields(facts.scheduled, put);
  out.end().object("run");
  attempt_fields(facts.run, put);
  out.end().field("failures", facts.failures).field("after", facts.after).object("made");
  made_fields(facts.made, put);
  out.object("wal");
  for (const auto& [url, lsn] : facts.made.wal) out.field(url, lsn);
  out.end();
  out.end().object("drill");
  attempt_fields(facts.drill, put);
  out.end().field("drill_failures", facts.drill_failures).object("proved");
  proved_fields(facts.proved, put);
  return out.end().end().take() + "\n";
}

JobFacts parse_job_facts(std::string_view text) {
  const auto value = parse_json(text, 4, "the facts of a job");
  if (!value) return {};
  JobFacts facts;
  std::string wrong;
  Fields all(*value, "the facts of a job", wrong);
  const auto take = taker(all);
  take("place", facts.place);
  take("store", facts.store);
  take_object(all, "scheduled", [&](Fields& fields) { scheduled_fields(facts.scheduled, taker(fields)); });
  take_object(all, "run", [&](Fields& fields) { attempt_fields(facts.run, taker(fields)); });
  take("failures", facts.failures);
  take("after", facts.after);
  take_object(all, "made", [&](Fields& fields) { take_made(fields, facts.made); });
  take_object(all, "drill", [&](Fields& fields) { attempt_fields(facts.drill, taker(fields)); });
  take("drill_failures", facts.drill_failures);
  take_object(all, "proved", [&](Fields& fields) { proved_fields(facts.proved, taker(fields)); });
  return wrong.empty() ? facts : JobFacts{};
}

bool is_of(const std::string& known, const std::string& wanted) {
  return wanted.empty() || known.empty() || known == wanted;
}

JobFacts read_job_facts(const std::string& folder, const std::string& job, const std::string& place,
                        const std::string& store) {
  const auto text = read_file(path_of(folder, job, ".json"), kLargest);
  JobFacts facts = text ? parse_job_facts(*text) : JobFacts{};
  if (!is_of(facts.place, place) || !is_of(facts.store, store)) facts = {};
  if (!place.empty()) facts.place = place;
  if (!store.empty()) facts.store = store;
  return facts;
}

Status write_job_facts(const std::string& folder, const std::string& job, const JobFacts& facts) {
  const std::string path = path_of(folder, job, ".json");
  auto put = replace_file(path, text_of_file(facts, kLeastSize, kLongestError));
  if (put) return put;
  const auto size = file_size(path);
  // Small enough that it is there whole or not at all, as far as disks go.
  if (size) {
    const std::string text = text_of_file(facts, static_cast<std::size_t>(*size), kLongestErrorInPlace);
    if (text.size() == static_cast<std::size_t>(*size) && overwrite(path, text)) return {};
  }
  return put;
}

Status note_schedule(const std::string& folder, const std::string& job, const std::string& place,
                     const JobFacts::Scheduled& scheduled) {
  const auto lock = lock_job(folder, job);
  if (!lock) return std::unexpected(lock.error());
  JobFacts facts = read_job_facts(folder, job, place);
  facts.scheduled = scheduled;
  return swap_file(path_of(folder, job, ".json"), text_of_file(facts, kLeastSize, kLongestError));
}

Result<Fd> lock_job(const std::string& folder, const std::string& job, std::int64_t patience_ns) {
  if (auto made = make_folders(folder, 0700); !made) return std::unexpected(made.error());
  auto lock = open_file(path_of(folder, job, ".lock"), O_RDWR | O_CREAT);
  if (!lock) return lock;
  struct ::flock whole = whole_file();
  for (std::int64_t waited = 0; ::fcntl(lock->get(), F_OFD_SETLK, &whole) != 0; waited += kLockPause) {
    if (errno != EAGAIN && errno != EACCES && errno != EINTR)
      return fail_errno(errno, "cannot lock " + path_of(folder, job, ".lock"));
    if (waited >= patience_ns)
      return fail(Code::conflict, "the backup {} or its drill is running already", job);
    std::this_thread::sleep_for(std::chrono::nanoseconds(kLockPause));
  }
  return lock;
}

bool job_is_running(const std::string& folder, const std::string& job) {
  const auto file = open_file(path_of(folder, job, ".lock"), O_RDWR);
  struct ::flock whole = whole_file();
  return file && ::fcntl(file->get(), F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

}  // namespace steward::backup
