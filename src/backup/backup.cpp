#include "backup/backup.hpp"

#include <archive.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <optional>
#include <set>

#include "backup/archive_writer.hpp"
#include "backup/jobs/scratch.hpp"
#include "backup/manifest/catalog.hpp"
#include "backup/manifest/path_set.hpp"
#include "backup/parent.hpp"
#include "backup/postgres/dump.hpp"
#include "backup/sources/file_reader.hpp"
#include "backup/sources/walk.hpp"
#include "base/version.hpp"
#include "os/files.hpp"
#include "store/live_copy.hpp"

namespace steward::backup {

namespace {

constexpr std::size_t kMostNotes = 200;

std::string_view kind_name(SourceKind kind) {
  switch (kind) {
    case SourceKind::journals:
      return "journals";
    case SourceKind::sqlite:
      return "sqlite";
    case SourceKind::postgres:
      return "postgresql";
    case SourceKind::files:
      break;
  }
  return "files";
}

/// One backup under way: collects the manifest while the archive is written.
class Run {
 public:
  Run(const Job& job, objects::ObjectStore& store, const Environment& environment)
      : job_(job), store_(store), environment_(environment) {}

  Result<BackupReport> run() {
    begin_manifest();
    if (!job_.full && has_files()) {
      auto found = find_parent(store_, job_, environment_.host, manifest_.notes);
      if (!found) return std::unexpected(found.error());
      // Of one that began in the future nobody can say what was written since.
      if (*found && (*found)->head.started <= manifest_.started) parent_ = std::move(*found);
    }
    if (parent_) manifest_.parent = report_.parent = parent_->head.time;
    if (auto claimed = claim(); !claimed) return std::unexpected(claimed.error());
    if (has_files()) {
      if (auto stored = store_archive(); !stored) return std::unexpected(stored.error());
    }
    if (auto stored = store_dumps(); !stored) return std::unexpected(stored.error());
    if (auto counted = store_manifest(); !counted) return std::unexpected(counted.error());
    // It counts; a claim that stays behind does no harm.
    static_cast<void>(store_.remove(key(kClaimName)));
    return std::move(report_);
  }

 private:
  std::string key(std::string_view name) const { return key_of(job_.name, manifest_.time, name); }

  void begin_manifest() {
    manifest_.job = job_.name;
    manifest_.host = environment_.host;
    manifest_.started = environment_.clock->wall();
    manifest_.time = time_after(environment_.after, manifest_.started);
    manifest_.tools = {{"steward", std::string(kVersion)},
                       {"libarchive", std::string(::archive_version_string())},
                       {"zstd", ::ZSTD_versionString()}};
    for (const Source& source : job_.sources)
      manifest_.sources.push_back({std::string(kind_name(source.kind)), source.path});
    manifest_.sources.insert(manifest_.sources.end(), job_.origin.begin(), job_.origin.end());
    for (const std::string& text : job_.notes) note(text);
    if (const std::string now = time_name(manifest_.started); now != manifest_.time)
      note(fmt::format(
          "the clock says {}, but {} is there already, of a clock that was ahead: to be the newest, "
          "this backup has a later name",
          now, environment_.after));
  }

  /// A database is dumped whole every time; a job of nothing else has neither tar nor parent.
  bool has_files() const {
    return std::ranges::any_of(job_.sources,
                               [](const Source& each) { return each.kind != SourceKind::postgres; });
  }
  ArchiveOptions archive_options() const;
  Status claim();
  Status store_archive();
  Status store_dumps();
  Status put_source(const Source& source, TarWriter& tar);
  Status put_found(const Found& found, const Source& source, TarWriter& tar);
  Status put_database(const Found& found, const Source& source, TarWriter& tar);
  Result<bool> reused(const Entry& entry);
  Status add(const Entry& entry);
  void note(std::string text);
  Status store_manifest();

  const Job& job_;
  objects::ObjectStore& store_;
  const Environment& environment_;
  Manifest manifest_;
  FileList files_;
  PathSet taken_;                     // paths of files_
  std::set<std::string> dump_names_;  // of files of /databases, should there be such a folder
  std::set<std::string> needs_;
  std::optional<Parent> parent_;
  Secret data_key_;
  BackupReport report_;
};

/// The folder is ours, or somebody else's from the same millisecond.
Status Run::claim() {
  objects::PutOptions fresh;
  fresh.if_absent = true;
  auto put = store_.put(key(kClaimName), format_claim(environment_.host), fresh);
  if (!put) return fail(put.error(), "cannot begin the backup {}/{}", job_.name, manifest_.time);
  if (job_.recipients.empty()) return {};
  data_key_ = make_data_key();
  for (const Recipient& recipient : job_.recipients) {
    auto sealed = seal_key(data_key_, recipient);
    if (!sealed) return std::unexpected(sealed.error());
    manifest_.recipients.push_back(std::move(*sealed));
  }
  return {};
}

ArchiveOptions Run::archive_options() const {
  ArchiveOptions options;
  options.compression = job_.compression;
  options.data_key = job_.recipients.empty() ? nullptr : &data_key_;
  options.bytes_a_second = job_.bytes_a_second;
  options.storage_class = job_.storage_class;
  options.low_priority = environment_.low_priority;
  options.stop = environment_.stop;
  return options;
}

/// Each database on its own: a tar would need to know a dump's size before it begins.
Status Run::store_dumps() {
  if (environment_.low_priority) lower_priority();
  for (const Source& source : job_.sources) {
    if (source.kind != SourceKind::postgres) continue;
    DumpRequest request{source.path, source.plain, source.row_counts, environment_.postgres};
    request.postgres.stop = environment_.stop;
    request.postgres.meter = environment_.meter;
    auto dump = store_dump(request, store_, job_.name + "/" + manifest_.time, archive_options(),
                           *environment_.clock, dump_names_);
    if (!dump) return std::unexpected(dump.error());
    for (std::string& text : dump->notes) note(std::move(text));
    report_.bytes_stored += dump->archive.size;
    if (!dump->database.wal_lsn.empty()) report_.wal.emplace_back(source.path, dump->database.wal_lsn);
    manifest_.archives.push_back(std::move(dump->archive));
    manifest_.databases.push_back(std::move(dump->database));
    if (auto added = add(dump->entry); !added) return added;
  }
  return {};
}

Status Run::store_archive() {
  auto writer = ArchiveWriter::open(store_, job_.name + "/" + manifest_.time, "files.tar", archive_options(),
                                    *environment_.clock);
  if (!writer) return std::unexpected(writer.error());
  if (environment_.low_priority) lower_priority();
  for (const Source& source : job_.sources) {
    if (source.kind == SourceKind::postgres) continue;
    if (auto put = put_source(source, (*writer)->tar()); !put) return put;
  }
  auto archive = (*writer)->finish();
  if (!archive) return fail(archive.error(), "cannot store the archive of {}/{}", job_.name, manifest_.time);
  report_.bytes_stored += archive->size;
  manifest_.archives.push_back(std::move(*archive));
  return {};
}

Status Run::put_source(const Source& source, TarWriter& tar) {
  auto roots = roots_of(source.path);
  if (!roots && source.optional && roots.error().code() == Code::not_found) return {};
  if (!roots && source.kind == SourceKind::journals && roots.error().code() == Code::not_found) {
    note(roots.error().message() + ": no journal was written yet");
    return {};
  }
  if (!roots) return std::unexpected(roots.error());
  const Excludes excludes(source.excludes, store_.place());
  Visitor visitor;
  visitor.note = [this](std::string text) { note(std::move(text)); };
  visitor.found = [&](const Found& found) { return put_found(found, source, tar); };
  for (const std::string& root : *roots) {
    if (auto walked = walk(root, excludes, visitor); !walked) return walked;
  }
  return {};
}

Status Run::put_found(const Found& found, const Source& source, TarWriter& tar) {
  if (environment_.stop.stop_requested()) return fail(Code::cancelled, "the backup was stopped");
  if (taken_.contains(found.entry.path)) return {};  // two sources that overlap
  if (source.kind == SourceKind::sqlite && found.entry.type == EntryType::folder)
    return fail(Code::invalid, "the source {} is a folder; name the SQLite database itself",
                found.absolute());
  if (found.entry.type != EntryType::file) {
    if (auto added = add(found.entry); !added) return added;
    return tar.header(found.entry);
  }
  if (source.kind == SourceKind::sqlite) return put_database(found, source, tar);
  auto same = reused(found.entry);
  if (!same) return std::unexpected(same.error());
  if (*same) return {};
  auto file = open_found(found);
  if (!file) return std::unexpected(file.error());
  if (!*file) {
    note(found.absolute() + " vanished while the backup ran");
    return {};
  }
  if (auto put = put_file(**file, source.kind == SourceKind::journals, tar, environment_.meter); !put)
    return put;
  if ((*file)->entry.changed) note(found.absolute() + " was written to while it was read");
  return add((*file)->entry);
}

/// The copy lives while it is read: a slow store must not hold a lock on a bot's database.
Status Run::put_database(const Found& found, const Source& source, TarWriter& tar) {
  const bool made = !source.copy.empty();
  const std::string copy = made ? source.copy : scratch_copy_of(environment_.scratch, job_.name);
  if (auto copied = made ? Status{} : store::copy_live(found.absolute(), copy); !copied) return copied;
  auto fd = open_file(copy, O_RDONLY);
  ::unlink(copy.c_str());
  if (!fd) return std::unexpected(fd.error());
  OpenFile file{std::move(*fd), found.entry, {}};
  struct ::stat info{};
  if (::fstat(file.fd.get(), &info) != 0) return fail_errno(errno, copy);
  file.entry.size = info.st_size;
  file.entry.ctime = 0;  // a copy is never taken for unchanged
  if (auto put = put_file(file, true, tar, environment_.meter); !put) return put;
  // What lies beside it belongs to the database in use; with the copy it would be taken for a log of it.
  for (const char* suffix : {"-wal", "-shm", "-journal"}) taken_.insert(file.entry.path + suffix);
  return add(file.entry);
}

Result<bool> Run::reused(const Entry& entry) {
  if (!parent_) return false;
  auto same = unchanged_since(*parent_, entry);
  if (!same) return std::unexpected(same.error());
  if (!*same) return false;
  count(environment_.meter, entry.size, 0);
  if (auto added = add(**same); !added) return std::unexpected(added.error());
  return true;
}

Status Run::add(const Entry& entry) {
  taken_.insert(entry.path);
  if (entry.path.starts_with(kDatabases))
    dump_names_.insert(entry.path.substr(kDatabases.size(), entry.path.rfind('.') - kDatabases.size()));
  if (!entry.in.empty()) needs_.insert(entry.in);
  if (entry.type == EntryType::file) {
    ++report_.files;
    count(environment_.meter, 0, 1);
    report_.files_stored += entry.in.empty() ? 1 : 0;
    report_.bytes += entry.size;
  }
  const std::string line = format_entry(entry);
  // What no restore would take must not count as backed up.
  if (auto readable = parse_entry(line); !readable)
    return fail(readable.error(), "/{} cannot be backed up", entry.path);
  return files_.add(entry, line);
}

void Run::note(std::string text) {
  if (manifest_.notes.size() < kMostNotes) manifest_.notes.push_back(std::move(text));
}

Status Run::store_manifest() {
  manifest_.finished = environment_.clock->wall();
  manifest_.needs.assign(needs_.begin(), needs_.end());
  manifest_.entries = files_.size();
  const auto failed = [&](const Error& error) {
    return fail(error, "cannot finish the backup {}/{}", job_.name, manifest_.time);
  };
  if (auto readable = parse_head(format_head(manifest_)); !readable) return failed(readable.error());
  objects::WriteOptions fresh;
  fresh.if_absent = true;
  auto writer = store_.create(key(kManifestName), fresh);
  if (!writer) return failed(writer.error());
  ObjectSink sink(std::move(*writer));
  ThrottleSink throttle(job_.bytes_a_second, *environment_.clock, environment_.stop, sink);
  if (auto put = write_manifest(manifest_, files_, manifest_.encrypted() ? &data_key_ : nullptr, throttle);
      !put) {
    static_cast<void>(sink.writer->abort());
    return failed(put.error());
  }
  report_.bytes_stored += sink.stored;
  report_.time = manifest_.time;
  report_.notes = manifest_.notes;
  return {};
}

}  // namespace

Result<BackupReport> run_backup(const Job& job, objects::ObjectStore& store, const Environment& environment) {
  if (!is_job_name(job.name))
    return fail(Code::invalid, "'{}' is no name of a backup: expected a-z, 0-9, - and _", job.name);
  if (job.sources.empty()) return fail(Code::invalid, "the backup {} has no source", job.name);
  return Run(job, store, environment).run();
}

}  // namespace steward::backup
