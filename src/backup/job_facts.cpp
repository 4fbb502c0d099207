#include "backup/job_facts.hpp"

#include <fcntl.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/json_writer.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

namespace json = boost::json;

constexpr std::size_t kLargest = 64 << 10;
constexpr std::size_t kLongestError = 4000;
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

/// Reads members of one object; what is absent or of another kind stays as it is.
class Taker {
 public:
  explicit Taker(const json::value* value) : object_(value == nullptr ? nullptr : value->if_object()) {}
  void operator()(std::string_view name, std::int64_t& out) const {
    const json::value* value = at(name);
    if (value != nullptr && value->is_int64() && value->get_int64() >= 0) out = value->get_int64();
  }
  void operator()(std::string_view name, std::string& out) const {
    const json::value* value = at(name);
    if (value != nullptr && value->is_string()) out = value->get_string();
  }
  /// The texts of the object `name`.
  void texts(std::string_view name, std::vector<std::pair<std::string, std::string>>& out) const {
    const json::value* value = at(name);
    if (value == nullptr || !value->is_object()) return;
    for (const auto& [key, text] : value->get_object()) {
      if (text.is_string() && out.size() < kMostDatabases) out.emplace_back(key, text.get_string());
    }
  }
  const json::value* at(std::string_view name) const {
    return object_ == nullptr ? nullptr : object_->if_contains(name);
  }

 private:
  const json::object* object_;
};

}  // namespace

std::string format_job_facts(const JobFacts& facts) {
  JsonWriter out;
  const auto put = [&out](std::string_view name, const auto& value) { out.field(name, value); };
  out.object().object("run");
  attempt_fields(facts.run, put);
  out.end().field("failures", facts.failures).object("made");
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
  json::error_code bad;
  json::parse_options options;
  options.max_depth = 4;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), bad, {}, options);
  JobFacts facts;
  if (bad) return facts;
  const Taker all(&value);
  attempt_fields(facts.run, Taker(all.at("run")));
  all("failures", facts.failures);
  made_fields(facts.made, Taker(all.at("made")));
  Taker(all.at("made")).texts("wal", facts.made.wal);
  attempt_fields(facts.drill, Taker(all.at("drill")));
  all("drill_failures", facts.drill_failures);
  proved_fields(facts.proved, Taker(all.at("proved")));
  return facts;
}

JobFacts read_job_facts(const std::string& folder, const std::string& job) {
  const auto text = read_file(path_of(folder, job, ".json"), kLargest);
  return text ? parse_job_facts(*text) : JobFacts{};
}

Status write_job_facts(const std::string& folder, const std::string& job, const JobFacts& facts) {
  JobFacts bounded = facts;
  if (bounded.made.wal.size() > kMostDatabases) bounded.made.wal.resize(kMostDatabases);
  for (Attempt* attempt : {&bounded.run, &bounded.drill}) {
    if (attempt->error.size() > kLongestError) attempt->error.resize(kLongestError);
  }
  return replace_file(path_of(folder, job, ".json"), format_job_facts(bounded));
}

Result<Fd> lock_job(const std::string& folder, const std::string& job) {
  if (auto made = make_folders(folder, 0700); !made) return std::unexpected(made.error());
  auto lock = open_file(path_of(folder, job, ".lock"), O_RDWR | O_CREAT);
  if (!lock) return lock;
  struct ::flock whole = whole_file();
  if (::fcntl(lock->get(), F_OFD_SETLK, &whole) != 0)
    return fail(Code::conflict, "the backup {} or its drill is running already", job);
  return lock;
}

bool job_is_running(const std::string& folder, const std::string& job) {
  const auto file = open_file(path_of(folder, job, ".lock"), O_RDWR);
  struct ::flock whole = whole_file();
  return file && ::fcntl(file->get(), F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

}  // namespace steward::backup
