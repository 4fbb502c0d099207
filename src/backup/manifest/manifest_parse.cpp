#include "backup/manifest/json_fields.hpp"
#include "backup/manifest/manifest.hpp"
#include "backup/stages/hash.hpp"

namespace steward::backup {

namespace {

namespace json = boost::json;

constexpr std::size_t kDepth = 8;
constexpr std::int64_t kMost = std::int64_t{1} << 62;
constexpr std::size_t kMostNotes = 10'000;
constexpr std::size_t kMostOthers = 1'000;

Entry entry_of(const json::value& value, std::string& wrong) {
  Fields fields(value, "a file", wrong);
  Entry entry;
  entry.path = fields.bytes("path");
  fields.expect(is_safe_path(entry.path), "path");
  const std::string type = fields.text("type", 10);
  fields.expect(type == "file" || type == "folder" || type == "link", "type");
  entry.type = type == "folder" ? EntryType::folder : type == "link" ? EntryType::link : EntryType::file;
  entry.mode = static_cast<mode_t>(fields.number("mode", 0, 07777));
  entry.mtime = fields.time("mtime");
  entry.uid = static_cast<std::uint32_t>(fields.number("uid", 0, 0xffffffff));
  entry.gid = static_cast<std::uint32_t>(fields.number("gid", 0, 0xffffffff));
  entry.in = fields.text("in", 20, false);
  fields.expect(entry.in.empty() || is_time_name(entry.in), "in");
  if (entry.type == EntryType::link) {
    entry.target = fields.bytes("target");
    fields.expect(!entry.target.empty() && entry.target.find('\0') == std::string::npos, "target");
  }
  if (entry.type != EntryType::file) return entry;
  entry.size = fields.number("size", 0, kMost);
  entry.ctime = fields.time("ctime");
  entry.sha256 = fields.hex("sha256", 32, false);
  entry.archive = fields.text("archive", 100, false);
  entry.changed = fields.flag("changed");
  return entry;
}

Archive archive_of(const json::value& value, std::string& wrong) {
  Fields fields(value, "an archive", wrong);
  Archive archive;
  archive.name = fields.text("name", 100);
  fields.expect(is_safe_path(archive.name) && archive.name.find('/') == std::string::npos, "name");
  archive.size = fields.number("size", 0, kMost);
  archive.tar_size = fields.number("tar_size", 0, kMost);
  archive.sha256 = fields.hex("sha256", 32, false);
  archive.plain_sha256 = fields.hex("plain_sha256", 32, false);
  return archive;
}

Database database_of(const json::value& value, std::string& wrong) {
  Fields fields(value, "a database", wrong);
  Database database;
  database.path = fields.text("path", 4095);
  database.source = fields.text("source", 4096);
  database.name = fields.text("name", 1024);
  const std::string format = fields.text("format", 10);
  fields.expect(format == "plain" || format == "custom", "format");
  database.plain = format == "plain";
  database.server_version = fields.number("server_version", 0, kMost);
  database.pg_dump = static_cast<int>(fields.number("pg_dump", 0, 10'000));
  database.encoding = fields.text("encoding", 100);
  database.wal_lsn = fields.text("wal_lsn", 20);
  database.large_objects = fields.number("large_objects", 0, kMost);
  database.counted = fields.has("tables");
  if (!database.counted) return database;
  for (const auto& item : fields.list("tables", kMostTables)) {
    Fields table(item, "a table", wrong);
    database.tables.push_back(
        {table.text("schema", 1024), table.text("table", 1024), table.number("rows", 0, kMost)});
  }
  return database;
}

void read_lists(Fields& fields, Manifest& manifest, std::string& wrong) {
  if (const auto* tools = fields.object()->if_contains("tools"); tools != nullptr && tools->is_object()) {
    for (const auto& [tool, version] : tools->get_object()) {
      if (version.is_string())
        manifest.tools.emplace_back(std::string(tool), std::string(version.get_string()));
    }
  }
  for (const auto& value : fields.list("sources", kMostOthers)) {
    Fields source(value, "a source", wrong);
    manifest.sources.push_back({source.text("kind", 20), source.text("path", 4096)});
  }
  for (const auto& value : fields.list("archives", kMostOthers))
    manifest.archives.push_back(archive_of(value, wrong));
  for (const auto& value : fields.list("recipients", kMostOthers)) {
    Fields recipient(value, "a recipient", wrong);
    manifest.recipients.push_back({recipient.text("name", 200), recipient.hex("public_key", 32, true),
                                   recipient.hex("sealed_key", 80, true)});
  }
  for (const auto& value : fields.list("notes", kMostNotes)) {
    if (value.is_string()) manifest.notes.emplace_back(value.get_string());
  }
  for (const auto& value : fields.list("needs", kMostOthers)) {
    const auto* time = value.if_string();
    fields.expect(time != nullptr && is_time_name(*time), "needs");
    if (wrong.empty()) manifest.needs.emplace_back(*time);
  }
  if (!fields.has("databases")) return;
  for (const auto& value : fields.list("databases", kMostOthers))
    manifest.databases.push_back(database_of(value, wrong));
}

}  // namespace

Result<Manifest> parse_head(std::string_view line) {
  constexpr std::string_view kEnd = ",\"files\":[\n";
  constexpr std::string_view kSeal = ",\"head_sha256\":\"";
  constexpr std::size_t kSealed = kSeal.size() + 64 + 1;
  if (line.size() > kLongestHead)
    return fail(Code::corrupt, "a manifest whose head is above {} bytes", kLongestHead);
  if (!line.ends_with(kEnd) || line.size() < kEnd.size() + kSealed)
    return fail(Code::corrupt, "a manifest that is laid out otherwise, or was cut");
  line.remove_suffix(kEnd.size());
  const std::string_view seal = line.substr(line.size() - kSealed);
  const std::string_view body = line.substr(0, line.size() - kSealed);
  if (!seal.starts_with(kSeal) || sha256_hex(body) != seal.substr(kSeal.size(), 64))
    return fail(Code::corrupt, "a manifest whose head has another SHA-256");
  auto value = parse_json(std::string(body) + "}", kDepth, "a manifest");
  if (!value) return std::unexpected(value.error());
  std::string wrong;
  Fields fields(*value, "the manifest", wrong);
  Manifest manifest;
  fields.number("format", 1, 1);
  manifest.job = fields.text("job", 63);
  manifest.time = fields.text("time", 20);
  manifest.parent = fields.text("parent", 20, false);
  manifest.host = fields.text("host", 255);
  manifest.started = fields.number("started", 0, kMost);
  manifest.finished = fields.number("finished", 0, kMost);
  manifest.entries = fields.number("entries", 0, kMost);
  fields.expect(is_job_name(manifest.job), "job");
  fields.expect(is_time_name(manifest.time), "time");
  fields.expect(manifest.parent.empty() || is_time_name(manifest.parent), "parent");
  if (wrong.empty()) read_lists(fields, manifest, wrong);
  if (!wrong.empty()) return fail(Code::corrupt, "a manifest that cannot be: {}", wrong);
  return manifest;
}

Result<Entry> parse_entry(std::string_view line) {
  auto value = parse_json(line, kDepth, "a manifest");
  if (!value) return std::unexpected(value.error());
  std::string wrong;
  Entry entry = entry_of(*value, wrong);
  if (!wrong.empty()) return fail(Code::corrupt, "a manifest that cannot be: {}", wrong);
  return entry;
}

}  // namespace steward::backup
