#include "keeper/run_record.hpp"

#include <charconv>

#include "base/words.hpp"

namespace steward::keeper {

namespace {

constexpr std::string_view kHeader = "steward-run 1\npid ";
static_assert(kHeader.size() == kRunRecordPidAt);

/// One walk over the fields serves writing and reading: `visit(key, field)`.
template <class Record, class Visit>
void each_field(Record& record, Visit&& visit) {
  visit("pid", record.pid);
  visit("bot", record.bot);
  visit("run", record.run);
  visit("start_time", record.start_time);
  visit("boot_id", record.boot_id);
  visit("pid_namespace", record.pid_namespace);
  visit("cgroup", record.cgroup);
  visit("memory_cgroup", record.memory_cgroup);
  visit("spec", record.spec);
  visit("notify", record.notify);
  visit("restarts", record.restarts);
  visit("started", record.started);
  visit("oom_before", record.oom_before);
  visit("ready", record.ready);
  visit("armed", record.armed);
  visit("ended", record.ended);
  visit("ended_at", record.ended_at);
  visit("failures", record.failures);
  visit("finished", record.finished);
}

bool take(std::string_view word, std::string& into) {
  into = word;
  return true;
}
bool take(std::string_view word, bool& into) {
  into = word == "1";
  return into || word == "0";
}
template <class T>
bool take(std::string_view word, T& into) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), into);
  return error == std::errc{} && end == word.data() + word.size();
}

struct Writer {
  std::string out = "steward-run 1\n";
  void operator()(std::string_view key, const std::string& text) { line(key, escape_word(text)); }
  void operator()(std::string_view key, bool truth) { line(key, truth ? "1" : "0"); }
  void operator()(std::string_view key, const auto& number) {
    line(key, key == "pid" ? fmt::format("{:010}", number) : fmt::format("{}", number));
  }
  void line(std::string_view key, std::string_view word) {
    out.append(key).append(1, ' ').append(word).append(1, '\n');
  }
};

}  // namespace

Result<std::string> format_run_record(const RunRecord& record) {
  Writer writer;
  each_field(record, writer);
  if (writer.out.size() > kRunRecordSize) {
    return fail(Code::invalid,
                "the record of run {} is longer than {} bytes; shorten the state folder's path", record.run,
                kRunRecordSize);
  }
  writer.out.resize(kRunRecordSize, '\0');
  return std::move(writer.out);
}

Result<RunRecord> parse_run_record(std::string_view bytes) {
  bytes = bytes.substr(0, bytes.find('\0'));
  if (!bytes.starts_with(kHeader))
    return fail(Code::corrupt, "a run record does not begin with \"steward-run 1\"");
  bytes.remove_prefix(bytes.find('\n') + 1);
  RunRecord record;
  Status status;
  each_field(record, [&](std::string_view key, auto& field) {
    if (!status) return;
    const auto end = bytes.find('\n');
    const auto words = split_words(bytes.substr(0, end));
    if (end == std::string_view::npos || !words || words->size() != 2 || words->front() != key ||
        !take((*words)[1], field)) {
      status = fail(Code::corrupt, "a run record has no good line \"{}\" where it belongs", key);
      return;
    }
    bytes.remove_prefix(end + 1);
  });
  if (!status) return std::unexpected(status.error());
  return record;
}

}  // namespace steward::keeper
