#include "backup/postgres/dump.hpp"

#include <unistd.h>

#include <algorithm>

#include "backup/postgres/snapshot.hpp"
#include "os/piped_process.hpp"
#include "os/process.hpp"

namespace steward::backup {

namespace {

constexpr std::size_t kLongestName = 63;

/// The database's name as a part of paths and keys: what is not plain becomes '_'; no two are alike.
std::string file_name(const std::string& database, std::set<std::string>& taken) {
  std::string plain = database.substr(0, kLongestName);
  std::ranges::replace_if(
      plain,
      [](unsigned char c) {
        return !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
                 c == '-');
      },
      '_');
  std::string name = plain;
  for (int number = 2; !taken.insert(name).second; ++number) name = fmt::format("{}-{}", plain, number);
  return name;
}

/// With how to mend what people forget.
std::string advised(const std::string& said) {
  if (said.contains("permission denied"))
    return said + "; let the user read everything: GRANT pg_read_all_data TO the user, or a superuser dumps";
  if (said.contains("row-level security"))
    return said + "; let the user see all rows: ALTER ROLE … BYPASSRLS";
  return said;
}

Status run_pg_dump(const DumpRequest& request, const ServerFacts& facts, const Tool& tool, ByteSink& to,
                   std::vector<std::string>& notes) {
  std::vector<std::string> args{"-w", "--lock-wait-timeout=60000", "--snapshot=" + facts.snapshot};
  if (request.plain) {
    args.emplace_back("-Fp");
  } else {
    args.insert(args.end(), {"-Fc", "-Z0"});
  }
  args.insert(args.end(), {"-d", request.url});
  PipedCommand command = command_of(tool, std::move(args));
  command.silence = request.postgres.silence;
  command.stop = request.postgres.stop;
  command.output = [&to, meter = request.postgres.meter](std::string_view bytes) {
    count(meter, static_cast<std::int64_t>(bytes.size()), 0);
    return to.write(bytes);
  };
  auto process = PipedProcess::start(std::move(command));
  if (!process) return std::unexpected(process.error());
  auto status = (*process)->finish();
  if (!status) return std::unexpected(status.error());
  const std::string said = (*process)->said().empty() ? "" : told_by((*process)->said(), known_password());
  if (*status != 0)
    return fail(Code::unavailable, "pg_dump {}: {}", wait_status_text(*status),
                said.empty() ? "it said nothing" : advised(said));
  if (!said.empty()) notes.push_back(said);
  return {};
}

Result<std::unique_ptr<ArchiveWriter>> write_dump(const DumpRequest& request, const ServerFacts& facts,
                                                  const Tool& tool, std::unique_ptr<ArchiveWriter> writer,
                                                  std::vector<std::string>& notes) {
  if (auto dumped = run_pg_dump(request, facts, tool, writer->content(), notes); !dumped)
    return std::unexpected(dumped.error());
  return writer;
}

Entry entry_of(const std::string& path, const Archive& archive, std::string sha256, WallNs now) {
  Entry entry;
  entry.path = path;
  entry.size = archive.tar_size;
  entry.mode = 0600;
  entry.mtime = now;
  entry.uid = ::geteuid();
  entry.gid = ::getegid();
  entry.sha256 = std::move(sha256);
  entry.archive = archive.name;
  return entry;
}

}  // namespace

Result<StoredDump> store_dump(const DumpRequest& request, objects::ObjectStore& store,
                              const std::string& folder, ArchiveOptions options, const Clock& clock,
                              std::set<std::string>& taken) {
  const auto where = [&](const Error& error) { return fail(error, "cannot back up {}", request.url); };
  StoredDump out;
  auto session = PostgresSession::open(request.url, request.postgres);
  if (!session) return where(session.error());
  const WallNs now = clock.wall();
  auto facts = begin_snapshot(*session);
  if (!facts) return where(facts.error());
  auto tool = find_tool(request.postgres.folders, "pg_dump", major_of(facts->version));
  if (!tool) return where(tool.error());
  if (request.row_counts) {
    if (auto begun = begin_row_count(*session); !begun) return where(begun.error());
  }
  const std::string name = file_name(facts->database, taken) + (request.plain ? ".sql" : ".dump");
  options.tar = false;
  auto opened = ArchiveWriter::open(store, folder, name, options, clock);
  if (!opened) return std::unexpected(opened.error());
  auto writer = write_dump(request, *facts, *tool, std::move(*opened), out.notes);
  // Of a count that failed, such as of a table that may not be read, pg_dump sees only that the snapshot is
  // gone.
  if (!writer && session->gave_up()) return where(Error(Code::unavailable, advised(session->complaint())));
  if (!writer) return where(writer.error());
  Database& database = out.database;
  if (request.row_counts) {
    auto tables = end_row_count(*session);
    if (!tables && tables.error().code() != Code::invalid) return where(tables.error());
    if (!tables) out.notes.push_back(request.url + ": rows are not counted: " + tables.error().message());
    database.counted = tables.has_value();
    if (tables) database.tables = std::move(*tables);
  }
  auto archive = (*writer)->finish();
  if (!archive) return fail(archive.error(), "cannot store the dump of {}", request.url);
  out.archive = std::move(*archive);
  out.entry = entry_of(std::string(kDatabases) + name, out.archive, (*writer)->content_sha256(), now);
  database.path = out.entry.path;
  database.source = request.url;
  database.name = facts->database;
  database.server_version = facts->version;
  database.pg_dump = tool->major;
  database.encoding = facts->encoding;
  database.wal_lsn = facts->wal_lsn;
  database.large_objects = facts->large_objects;
  database.plain = request.plain;
  return out;
}

}  // namespace steward::backup
