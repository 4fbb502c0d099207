#include "backup/manifest/manifest.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "backup/stages/hash.hpp"
#include "base/json_writer.hpp"
#include "base/units.hpp"
#include "base/utf8.hpp"
#include "objects/digest.hpp"

namespace steward::backup {

namespace {

void put_bytes(JsonWriter& out, const std::string& name, const std::string& bytes) {
  if (is_utf8(bytes)) {
    out.field(name, bytes);
  } else {
    out.field(name + "_hex", objects::hex(bytes));
  }
}

std::string_view type_name(EntryType type) {
  return type == EntryType::file ? "file" : type == EntryType::folder ? "folder" : "link";
}

void put_databases(JsonWriter& out, const std::vector<Database>& databases) {
  out.array("databases");
  for (const Database& database : databases) {
    out.object().field("path", database.path).field("source", database.source).field("name", database.name);
    out.field("format", database.plain ? "plain" : "custom").field("server_version", database.server_version);
    out.field("pg_dump", database.pg_dump).field("encoding", database.encoding);
    out.field("wal_lsn", database.wal_lsn).field("large_objects", database.large_objects);
    if (database.counted) {
      out.array("tables");
      for (const TableRows& each : database.tables)
        out.object().field("schema", each.schema).field("table", each.table).field("rows", each.rows).end();
      out.end();
    }
    out.end();
  }
  out.end();
}

void put_lists(JsonWriter& out, const Manifest& manifest) {
  out.object("tools");
  for (const auto& [tool, version] : manifest.tools) out.field(tool, version);
  out.end().array("sources");
  for (const auto& source : manifest.sources)
    out.object().field("kind", source.kind).field("path", source.path).end();
  out.end().array("archives");
  for (const auto& archive : manifest.archives) {
    out.object().field("name", archive.name).field("size", archive.size).field("sha256", archive.sha256);
    out.field("plain_sha256", archive.plain_sha256).field("tar_size", archive.tar_size).end();
  }
  out.end().array("recipients");
  for (const auto& recipient : manifest.recipients) {
    out.object().field("name", recipient.name).field("public_key", objects::hex(recipient.public_key));
    out.field("sealed_key", objects::hex(recipient.sealed_key)).end();
  }
  out.end().array("notes");
  for (const auto& note : manifest.notes) out.value(note);
  out.end();
  if (!manifest.databases.empty()) put_databases(out, manifest.databases);
}

}  // namespace

std::string time_name(WallNs wall) {
  std::string name = format_utc(wall);
  std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
  return name;
}

bool is_time_name(std::string_view name) {
  constexpr std::string_view kShape = "ddddddddTdddddd.dddZ";
  return std::ranges::equal(name, kShape,
                            [](char c, char s) { return s == 'd' ? c >= '0' && c <= '9' : c == s; });
}

WallNs wall_of_time_name(std::string_view name) {
  constexpr int kLastYear = 2261;  // of which all fits into nanoseconds
  if (!is_time_name(name)) return 0;
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    std::from_chars(name.data() + at, name.data() + at + digits, value);
    return value;
  };
  const auto date = std::chrono::year(number(0, 4)) / number(4, 2) / number(6, 2);
  if (!date.ok() || number(0, 4) > kLastYear) return 0;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = days * 86'400 + number(9, 2) * 3600 + number(11, 2) * 60 + number(13, 2);
  return seconds * kSecond + number(16, 3) * kMillisecond;
}

std::string time_after(std::string_view after, WallNs wall) {
  return time_name(std::max(wall, wall_of_time_name(after) + kMillisecond));
}

bool is_job_name(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= 63 && plain(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return plain(c) || c == '-' || c == '_'; });
}

std::string key_of(std::string_view job, std::string_view time, std::string_view name) {
  return fmt::format("{}/{}/{}", job, time, name);
}

bool is_safe_path(std::string_view path) {
  if (path.empty() || path.size() > kLongestPath || path.find('\0') != std::string_view::npos) return false;
  while (true) {
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    if (part.empty() || part == "." || part == ".." || part.size() > 255) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

std::string format_head(const Manifest& manifest) {
  JsonWriter out;
  out.object().field("format", 1).field("job", manifest.job).field("time", manifest.time);
  if (!manifest.parent.empty()) out.field("parent", manifest.parent);
  out.field("host", manifest.host).field("started", manifest.started).field("finished", manifest.finished);
  put_lists(out, manifest);
  out.array("needs");
  for (const std::string& time : manifest.needs) out.value(time);
  out.end().field("entries", manifest.entries);
  out.field("head_sha256", sha256_hex(out.text()));
  return out.take() + ",\"files\":[\n";
}

std::string format_entry(const Entry& entry) {
  JsonWriter out;
  out.object();
  put_bytes(out, "path", entry.path);
  out.field("type", type_name(entry.type));
  if (entry.type == EntryType::file) out.field("size", entry.size);
  if (entry.type == EntryType::link) put_bytes(out, "target", entry.target);
  out.field("mode", entry.mode).field("mtime", entry.mtime).field("uid", entry.uid).field("gid", entry.gid);
  if (entry.type == EntryType::file) out.field("ctime", entry.ctime).field("sha256", entry.sha256);
  if (!entry.in.empty()) out.field("in", entry.in);
  if (!entry.archive.empty()) out.field("archive", entry.archive);
  if (entry.changed) out.field("changed", true);
  return out.end().take();
}

}  // namespace steward::backup
