#include "backup/jobs/exposure.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "backup/jobs/configured.hpp"
#include "backup/postgres/snapshot.hpp"
#include "backup/sources/walk.hpp"
#include "config/backups.hpp"
#include "config/database_url.hpp"

namespace steward::backup {

namespace {

/// Sums what has changed since a moment.
class Look {
 public:
  Look(WallNs since, std::string_view store) : since_(since), store_(store) {}

  void take(const Source& source) {
    if (source.kind == SourceKind::sqlite) {
      // What a database in WAL mode was told lately lies beside it.
      for (const char* suffix : {"", "-wal"}) file(source.path + suffix);
      return;
    }
    auto roots = roots_of(source.path);
    if (!roots && source.optional && roots.error().code() == Code::not_found) return;
    if (!roots) return note(roots.error().text());
    const Visitor visitor{[this](const Found& found) { return entry(found.entry); }, [](std::string) {}};
    for (const std::string& root : *roots) {
      if (auto walked = walk(root, Excludes(source.excludes, store_), visitor); !walked)
        return note(walked.error().text());
    }
  }
  std::int64_t bytes() const { return bytes_; }
  bool changed() const { return changed_; }
  const std::string& note() const { return note_; }

 private:
  void file(const std::string& path) {
    struct ::stat info{};
    if (::stat(path.c_str(), &info) == 0) static_cast<void>(entry(entry_of(path.substr(1), info)));
  }
  Status entry(const Entry& entry) {
    if (++seen_ > kMostLookedAt)
      return fail(Code::unavailable, "at least so much: only {} files were looked at", kMostLookedAt);
    if (entry.mtime <= since_ && entry.ctime <= since_) return {};
    changed_ = true;
    if (entry.type == EntryType::file) bytes_ += entry.size;
    return {};
  }
  void note(std::string text) {
    if (note_.empty()) note_ = std::move(text);
  }

  WallNs since_;
  std::string_view store_;
  std::int64_t bytes_ = 0, seen_ = 0;
  bool changed_ = false;
  std::string note_;
};

/// What the server has logged since the dump's snapshot. Waits for the server, seconds at most.
void look_at_database(const std::string& url, const JobView& view, SourceExposure& out) {
  const auto& logged = view.facts.made.wal;
  const auto at = std::ranges::find(logged, url, [](const auto& each) { return each.first; });
  if (at == logged.end()) {
    out.note = "how much the database has changed is not known";
    return;
  }
  const auto bytes = wal_bytes_since(url, at->second);
  if (bytes) {
    out.bytes = *bytes;
  } else {
    out.note = bytes.error().text();
  }
}

SourceExposure look_at(const std::string& source, const config::Backup& backup,
                       const config::Settings& settings, const JobView& view, WallNs now) {
  SourceExposure out{.source = source, .ns = {}, .bytes = {}, .note = {}};
  const WallNs made = view.facts.made.started;
  if (view.shipped && config::is_own(source) && made != 0) {
    out.ns = view.exposure_ns(now);
    out.bytes = view.shipped->behind_bytes;
    out.note = view.shipped->error;
    return out;
  }
  if (made != 0) out.ns = std::max<std::int64_t>(now - made, 0);
  if (source.starts_with(config::kDatabaseUrl)) {
    look_at_database(source, view, out);
    return out;
  }
  config::Backup one = backup;
  one.sources = {source};
  Look look(made, settings.objects.url);
  for (const Source& part : sources_of(one, settings)) look.take(part);
  out.bytes = look.bytes();
  out.note = look.note();
  if (made != 0 && !look.changed() && out.note.empty()) out.ns = 0;
  return out;
}

}  // namespace

std::vector<SourceExposure> exposure_of(const config::Backup& backup, const config::Settings& settings,
                                        const JobView& view, WallNs now) {
  std::vector<SourceExposure> out;
  for (const std::string& source : backup.sources)
    out.push_back(look_at(source, backup, settings, view, now));
  return out;
}

}  // namespace steward::backup
