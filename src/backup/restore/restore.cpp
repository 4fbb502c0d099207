#include "backup/restore/restore.hpp"

#include <algorithm>
#include <ranges>

#include "backup/manifest/catalog.hpp"
#include "backup/restore/archived.hpp"
#include "backup/restore/metered_taker.hpp"
#include "backup/restore/target.hpp"
#include "backup/restore/wanted.hpp"
#include "backup/ship/tail_restore.hpp"
#include "base/units.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

class TakeInto final : public Take {
 public:
  TakeInto(FileList* files, std::string from, const std::vector<std::string>& only, Target& target,
           bool owners)
      : Take(files, std::move(from), only), target_(target), owners_(owners) {}
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
    if (auto checked = check_place(*opened); !checked) return std::unexpected(checked.error());
    if (options_.dry_run) return std::move(report_);
    begin(options_.meter, "restoring " + job, report_.bytes);
    if (auto done = write(*opened); !done) return std::unexpected(done.error());
    return std::move(report_);
  }

 private:
  Status plan(OpenedBackup& opened) {
    report_.time = opened.manifest.time;
    report_.host = opened.manifest.host;
    std::vector<bool> found(options_.only.size());
    auto planned = each_chosen(opened, [&](const Entry& entry) -> Status {
      for (std::size_t i = 0; i < found.size(); ++i)
        found[i] = found[i] || is_below(entry.path, options_.only[i]);
      if (entry.type == EntryType::folder) folders_.push_back(entry.path);
      if (entry.type == EntryType::link) return check_link(entry);
      if (entry.type != EntryType::file) return {};
      want(wanted_, opened.manifest.time, entry);
      ++report_.files;
      report_.bytes += entry.size;
      return {};
    });
    if (!planned) return planned;
    if (const auto missing = std::ranges::find(found, false); missing != found.end()) {
      return fail(Code::not_found, "the backup {} holds no {:?}; name the whole path that it had",
                  opened.manifest.time, options_.only[static_cast<std::size_t>(missing - found.begin())]);
    }
    for (const auto& each : wanted_) report_.from.push_back(each.first);
    return {};
  }

  template <class Visit>
  Status each_chosen(OpenedBackup& opened, const Visit& visit) const {
    return opened.files.each(
        [&](const Entry& entry) { return is_chosen(entry.path, options_.only) ? visit(entry) : Status{}; });
  }

  Status check_link(const Entry& link) const {
    if (options_.links_out || stays_inside(link.path, link.target)) return {};
    return fail(
        Code::denied,
        "the link /{} -> {} leads out of the folder of the restore; ask for such links if you want them "
        "(--links-out)",
        link.path, link.target);
  }

  Status nothing_there(OpenedBackup& opened) const {
    return each_chosen(opened, [&](const Entry& entry) -> Status {
      const std::string there = fmt::format("{}/{}", options_.to, entry.path);
      if (entry.type != EntryType::file || !exists(there)) return {};
      return fail(Code::conflict, "{} is there already; restore elsewhere, or insist (--force)", there);
    });
  }

  /// Makes nothing: the folder may be missing until all is known to be right.
  Status check_place(OpenedBackup& opened) {
    std::string place = options_.to;
    while (place.size() > 1 && !exists(place)) place.resize(std::max<std::size_t>(place.rfind('/'), 1));
    auto target = Target::open(place);
    if (!target) return std::unexpected(target.error());
    auto empty = place == options_.to ? target->empty() : Result<bool>(true);
    if (!empty) return std::unexpected(empty.error());
    if (options_.beside) {
      if (auto nothing = nothing_there(opened); !nothing) return nothing;
    } else if (!*empty && !options_.force) {
      return fail(Code::conflict, "{} is not empty; restore into an empty folder, or insist (--force)",
                  options_.to);
    }
    return check_room(*target, opened.manifest);
  }

  Status check_room(const Target& target, const Manifest& newest) const {
    auto free = target.free_bytes();
    if (!free) return std::unexpected(free.error());
    if (report_.bytes <= *free - options_.leave_free) return {};
    auto needed = bytes_without_holes(newest);
    if (!needed) return std::unexpected(needed.error());
    if (*needed <= *free - options_.leave_free) return {};
    return fail(Code::unavailable, "{} has {} free, the backup needs {}{}", options_.to, format_bytes(*free),
                format_bytes(*needed),
                options_.leave_free == 0
                    ? ""
                    : fmt::format(", and {} must stay free", format_bytes(options_.leave_free)));
  }

  /// Of sparse files the archives hold no holes: from each backup comes no more than those of it are large.
  Result<std::int64_t> bytes_without_holes(const Manifest& newest) const {
    std::int64_t bytes = 0;
    for (const auto& [time, wanted] : wanted_) {
      std::vector<Archive> archives = newest.archives;
      if (time != newest.time) {
        auto older = open_older(store_, newest, time, identities_, true);
        if (!older) return std::unexpected(older.error());
        archives = std::move(older->manifest.archives);
      }
      std::int64_t held = 0;
      for (const Archive& archive : archives) held += std::min(archive.tar_size, wanted.bytes - held);
      bytes += held;
    }
    return bytes;
  }

  Status write(OpenedBackup& newest) {
    auto target = Target::open(options_.to);
    if (!target) return std::unexpected(target.error());
    for (const std::string& folder : folders_) {
      if (auto made = target->make_folder(folder); !made) return made;
    }
    for (const auto& [time, wanted] : wanted_) {
      if (auto got = fetch(newest, time, wanted, *target); !got) return got;
    }
    // Last, so that no file can be written through them.
    auto linked = each_chosen(newest, [&](const Entry& entry) {
      return entry.type == EntryType::link ? target->make_link(entry, options_.owners) : Status{};
    });
    if (!linked) return linked;
    std::ranges::sort(folders_, std::greater{});  // the inner ones first
    for (const std::string& folder : folders_) {
      auto entry = newest.files.find(folder);
      if (!entry) return std::unexpected(entry.error());
      if (auto made = target->finish_folder(entry->value(), options_.owners); !made) return made;
    }
    return target->sync();
  }

  Status fetch(OpenedBackup& newest, const std::string& time, const Wanted& wanted, Target& target) {
    if (time == newest.manifest.time) {
      TakeInto taker(nullptr, "", options_.only, target, options_.owners);
      MeteredTaker metered(taker, options_.meter);
      return read_archives(store_, newest, metered, options_.stop);
    }
    auto older = open_older(store_, newest.manifest, time, identities_, true);
    if (!older) return std::unexpected(older.error());
    TakeInto taker(&newest.files, time, options_.only, target, options_.owners);
    MeteredTaker metered(taker, options_.meter);
    if (auto read = read_archives(store_, *older, metered, options_.stop); !read) return read;
    return check_taken(taker, wanted, newest, *older, options_.only);
  }

  objects::ObjectStore& store_;
  const std::vector<Identity>& identities_;
  const RestoreOptions& options_;
  RestoreReport report_;
  WantedFrom wanted_;
  std::vector<std::string> folders_;
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

}  // namespace steward::backup
