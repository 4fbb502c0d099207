#include "backup/restore.hpp"

#include <algorithm>
#include <map>
#include <ranges>
#include <unordered_map>

#include "backup/archive_reader.hpp"
#include "backup/archived.hpp"
#include "backup/catalog.hpp"
#include "backup/ship/tail_restore.hpp"
#include "backup/target.hpp"
#include "base/units.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

/// By path: what is still to come out of one backup's archives.
using Wanted = std::unordered_map<std::string_view, const Entry*>;

/// open_backup(); of a manifest that lies in an archive the error says how to fetch it.
Result<OpenedBackup> open_readable(objects::ObjectStore& store, const std::string& job,
                                   const std::string& time, const std::vector<Identity>& identities,
                                   bool must_read) {
  auto opened = open_backup(store, job, time, identities, must_read);
  if (opened || opened.error().code() != Code::denied) return opened;
  if (auto there = check_fetched(store, job, {time}); !there) return std::unexpected(there.error());
  return opened;
}

/// Gives wanted files to `sink`; the content must be what the backup that is restored says, too.
class Take : public FileTaker {
 public:
  explicit Take(Wanted& wanted) : wanted_(wanted) {}
  Result<bool> begin(const Entry& entry) override {
    const auto at = wanted_.find(entry.path);
    if (at == wanted_.end()) return false;
    if (at->second->sha256 != entry.sha256 || at->second->size != entry.size) return false;
    entry_ = at->second;
    return opened(*entry_);
  }
  Status data(std::int64_t, std::string_view) override { return {}; }
  Status end(const Entry&) override {
    wanted_.erase(entry_->path);
    return kept(*entry_);
  }

 protected:
  virtual Result<bool> opened(const Entry&) { return true; }
  virtual Status kept(const Entry&) { return {}; }

 private:
  Wanted& wanted_;
  const Entry* entry_ = nullptr;
};

class TakeInto final : public Take {
 public:
  TakeInto(Wanted& wanted, Target& target, bool owners) : Take(wanted), target_(target), owners_(owners) {}
  Status data(std::int64_t offset, std::string_view bytes) override { return target_.write(offset, bytes); }

 protected:
  Result<bool> opened(const Entry& entry) override {
    if (auto begun = target_.begin_file(entry.path); !begun) return std::unexpected(begun.error());
    return true;
  }
  Status kept(const Entry& entry) override { return target_.keep_file(entry, owners_); }

 private:
  Target& target_;
  bool owners_;
};

class Restore {
 public:
  Restore(objects::ObjectStore& store, const std::vector<Identity>& identities, const RestoreOptions& options)
      : store_(store), identities_(identities), options_(options) {}

  Result<RestoreReport> run(const std::string& job, const std::string& time) {
    auto opened = open_readable(store_, job, time, identities_, true);
    if (!opened) return std::unexpected(opened.error());
    if (auto planned = plan(*opened); !planned) return std::unexpected(planned.error());
    if (auto there = check_fetched(store_, job, report_.from); !there) return std::unexpected(there.error());
    if (auto checked = check_place(); !checked) return std::unexpected(checked.error());
    if (options_.dry_run) return std::move(report_);
    if (auto done = write(*opened); !done) return std::unexpected(done.error());
    return std::move(report_);
  }

 private:
  Status plan(const OpenedBackup& opened) {
    report_.time = opened.manifest.time;
    report_.host = opened.manifest.host;
    for (const Entry& entry : opened.manifest.files) {
      if (!is_chosen(entry.path, options_.only)) continue;
      if (entry.type == EntryType::folder) folders_.push_back(&entry);
      if (entry.type == EntryType::link) links_.push_back(&entry);
      if (entry.type != EntryType::file) continue;
      wanted_[entry.in.empty() ? opened.manifest.time : entry.in][entry.path] = &entry;
      ++report_.files;
      report_.bytes += entry.size;
    }
    if (!options_.only.empty() && report_.files == 0 && folders_.empty() && links_.empty())
      return fail(Code::not_found, "the backup {} holds nothing of what is asked for", opened.manifest.time);
    for (const auto& each : wanted_) report_.from.push_back(each.first);
    for (const Entry* link : links_) {
      if (options_.links_out || stays_inside(link->path, link->target)) continue;
      return fail(
          Code::denied,
          "the link /{} -> {} leads out of the folder of the restore; ask for such links if you want them "
          "(--links-out)",
          link->path, link->target);
    }
    return {};
  }

  Status nothing_there() const {
    for (const auto& [time, files] : wanted_) {
      for (const auto& [path, entry] : files) {
        const std::string there = fmt::format("{}/{}", options_.to, path);
        if (exists(there))
          return fail(Code::conflict, "{} is there already; restore elsewhere, or insist (--force)", there);
      }
    }
    return {};
  }

  /// Makes nothing: the folder may be missing until all is known to be right.
  Status check_place() {
    std::string place = options_.to;
    while (place.size() > 1 && !exists(place)) place.resize(std::max<std::size_t>(place.rfind('/'), 1));
    auto target = Target::open(place);
    if (!target) return std::unexpected(target.error());
    auto empty = place == options_.to ? target->empty() : Result<bool>(true);
    if (!empty) return std::unexpected(empty.error());
    if (options_.beside) {
      if (auto nothing = nothing_there(); !nothing) return nothing;
    } else if (!*empty && !options_.force) {
      return fail(Code::conflict, "{} is not empty; restore into an empty folder, or insist (--force)",
                  options_.to);
    }
    auto free = target->free_bytes();
    if (!free) return std::unexpected(free.error());
    if (*free - options_.leave_free < report_.bytes) {
      return fail(Code::unavailable, "{} has {} free, the backup needs {}{}", options_.to,
                  format_bytes(*free), format_bytes(report_.bytes),
                  options_.leave_free == 0
                      ? ""
                      : fmt::format(", and {} must stay free", format_bytes(options_.leave_free)));
    }
    return {};
  }

  Status write(const OpenedBackup& newest) {
    auto target = Target::open(options_.to);
    if (!target) return std::unexpected(target.error());
    for (const Entry* folder : folders_) {
      if (auto made = target->make_folder(folder->path); !made) return made;
    }
    for (auto& [time, wanted] : wanted_) {
      if (auto got = fetch(newest, time, wanted, *target); !got) return got;
    }
    // Last, so that no file can be written through them.
    for (const Entry* link : links_) {
      if (auto made = target->make_link(*link, options_.owners); !made) return made;
    }
    std::ranges::sort(folders_, std::greater{}, &Entry::path);  // the inner ones first
    for (const Entry* folder : folders_) {
      if (auto made = target->finish_folder(*folder, options_.owners); !made) return made;
    }
    return target->sync();
  }

  Status fetch(const OpenedBackup& newest, const std::string& time, Wanted& wanted, Target& target) {
    TakeInto taker(wanted, target, options_.owners);
    Status read;
    if (time == newest.manifest.time) {
      read = read_archives(store_, newest, taker, options_.stop);
    } else {
      auto older = open_backup(store_, newest.manifest.job, time, identities_, true);
      if (!older) return std::unexpected(older.error());
      read = read_archives(store_, *older, taker, options_.stop);
    }
    if (!read) return read;
    if (wanted.empty()) return {};
    return fail(Code::corrupt, "the backup {}/{} does not hold {} as {} needs it", newest.manifest.job, time,
                wanted.begin()->first, newest.manifest.time);
  }

  objects::ObjectStore& store_;
  const std::vector<Identity>& identities_;
  const RestoreOptions& options_;
  RestoreReport report_;
  std::map<std::string, Wanted> wanted_;  // by the backup that has the content
  std::vector<const Entry*> folders_;
  std::vector<const Entry*> links_;
};

}  // namespace

bool stays_inside(std::string_view path, std::string_view target) {
  if (target.starts_with('/')) return false;
  auto depth = std::ranges::count(path, '/');  // of the folder that the link lies in
  bool down = false;
  while (!target.empty()) {
    const auto slash = std::min(target.find('/'), target.size());
    const auto part = target.substr(0, slash);
    target.remove_prefix(std::min(slash + 1, target.size()));
    // Behind a name, which may be a link itself, ".." leads who knows where.
    if (part == ".." && (down || --depth < 0)) return false;
    if (part != ".." && part != "." && !part.empty()) down = true;
  }
  return true;
}

Result<std::string> newest_backup(objects::ObjectStore& store, const std::string& job,
                                  std::string_view until) {
  auto folders = list_folders(store, job);
  if (!folders) return std::unexpected(folders.error());
  for (const Folder& folder : *folders | std::views::reverse) {
    if (folder.complete() && (until.empty() || folder.time <= until)) return folder.time;
  }
  return fail(Code::not_found, "{} holds no backup of {}{}{}", store.place(), job,
              until.empty() ? "" : " from before ", until);
}

Result<RestoreReport> restore(objects::ObjectStore& store, const std::string& job, const std::string& time,
                              const std::vector<Identity>& identities, const RestoreOptions& options) {
  return Restore(store, identities, options).run(job, time);
}

Result<VerifyReport> verify(objects::ObjectStore& store, const std::string& job, const std::string& time,
                            const std::vector<Identity>& identities, const std::stop_token& stop) {
  auto newest = open_readable(store, job, time, identities, false);
  if (!newest) return std::unexpected(newest.error());
  std::map<std::string, Wanted> wanted;
  wanted[time];  // its own archives are read also when they hold no file
  for (const Entry& entry : newest->manifest.files) {
    if (entry.type == EntryType::file) wanted[entry.in.empty() ? time : entry.in][entry.path] = &entry;
  }
  std::vector<std::string> needed;
  for (const auto& each : wanted) needed.push_back(each.first);
  if (auto there = check_fetched(store, job, needed); !there) return std::unexpected(there.error());
  VerifyReport report;
  report.time = time;
  report.proved = true;
  for (auto& [from, files] : wanted) {
    auto opened = open_backup(store, job, from, identities, false);
    if (!opened) return std::unexpected(opened.error());
    if (!opened->readable) {
      report.proved = false;
      if (auto checked = check_archives(store, opened->manifest, stop); !checked)
        return std::unexpected(checked.error());
      continue;
    }
    const auto count = files.size();
    for (const auto& each : files) report.bytes += each.second->size;
    Take taker(files);
    if (auto read = read_archives(store, *opened, taker, stop); !read) return std::unexpected(read.error());
    if (!files.empty())
      return fail(Code::corrupt, "the backup {}/{} does not hold {} as {} needs it", job, from,
                  files.begin()->first, time);
    report.files += static_cast<std::int64_t>(count);
  }
  return report;
}

Result<std::vector<std::string>> sample_backups(objects::ObjectStore& store, const std::string& job,
                                                int count, Random& random) {
  auto folders = list_folders(store, job);
  if (!folders) return std::unexpected(folders.error());
  std::vector<std::string> times;
  for (const Folder& folder : *folders) {
    if (folder.complete()) times.push_back(folder.time);
  }
  if (times.empty()) return fail(Code::not_found, "{} holds no backup of {}", store.place(), job);
  std::vector<std::string> sample{std::move(times.back())};
  times.pop_back();
  while (!times.empty() && static_cast<int>(sample.size()) < count) {
    const auto at = random.below(times.size());
    sample.push_back(std::move(times[at]));
    times.erase(times.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return sample;
}

}  // namespace steward::backup
