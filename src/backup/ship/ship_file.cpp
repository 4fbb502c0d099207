#include "backup/ship/ship_file.hpp"

#include "backup/jobs/job_facts.hpp"
#include "backup/manifest/json_fields.hpp"
#include "base/json_writer.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

namespace json = boost::json;

constexpr std::size_t kLargest = 16 << 20;
constexpr std::size_t kMostFiles = 100'000;
constexpr std::int64_t kMost = std::int64_t{1} << 62;
constexpr std::size_t kLongestError = 4000;

std::string path_of(const std::string& folder, const std::string& job) {
  return fmt::format("{}/{}.ship", folder, job);
}

/// Calls field(name, member) for every number of the facts, for reading and for writing.
template <class Facts, class F>
void number_fields(Facts& facts, F field) {
  field("looked_at", facts.looked_at);
  field("shipped_at", facts.shipped_at);
  field("behind_since", facts.behind_since);
  field("behind_bytes", facts.behind_bytes);
  field("failing_since", facts.failing_since);
  field("objects", facts.objects);
  field("bytes", facts.bytes);
  field("bytes_stored", facts.bytes_stored);
  field("shrunk", facts.shrunk);
}

}  // namespace

std::string format_ship_file(const ShipFacts& facts,
                             const std::map<std::string, ShipState::Confirmed>& files) {
  JsonWriter out;
  out.object();
  number_fields(facts, [&](std::string_view name, std::int64_t number) { out.field(name, number); });
  out.field("place", facts.place)
      .field("store", facts.store)
      .field("newest", facts.newest)
      .field("backup", facts.backup)
      .field("error", std::string_view(facts.error).substr(0, kLongestError));
  out.array("files");
  for (const auto& [path, file] : files)
    out.object().field("path", path).field("size", file.size).field("mtime", file.mtime).end();
  return out.end().end().take() + "\n";
}

ShipFile parse_ship_file(std::string_view text) {
  const auto value = parse_json(text, 4, "what was shipped");
  if (!value) return {};
  std::string wrong;
  Fields fields(*value, "what was shipped", wrong);
  ShipFile file;
  number_fields(file.facts,
                [&](std::string_view name, std::int64_t& number) { number = fields.number(name, 0, kMost); });
  file.facts.place = fields.text("place", kLongestError, false);
  file.facts.store = fields.text("store", 40, false);
  file.facts.newest = fields.text("newest", 20, false);
  file.facts.backup = fields.text("backup", 40, false);
  file.facts.error = fields.text("error", kLongestError, false);
  for (const auto& each : fields.list("files", kMostFiles)) {
    Fields member(each, "a file", wrong);
    file.files[member.text("path", 4095)] = {member.number("size", 0, kMost), member.time("mtime")};
  }
  return wrong.empty() ? file : ShipFile{};
}

Status write_ship_file(const std::string& folder, const std::string& job, const ShipFacts& facts,
                       const std::map<std::string, ShipState::Confirmed>& files) {
  return swap_file(path_of(folder, job), format_ship_file(facts, files));
}

ShipFile read_ship_file(const std::string& folder, const std::string& job, const std::string& place) {
  const auto text = read_file(path_of(folder, job), kLargest);
  ShipFile file = text ? parse_ship_file(*text) : ShipFile{};
  if (!is_of(file.facts.place, place)) file = {};
  if (!place.empty()) file.facts.place = place;
  return file;
}

}  // namespace steward::backup
