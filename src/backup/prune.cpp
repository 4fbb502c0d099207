#include <algorithm>
#include <optional>
#include <ranges>

#include "backup/backup.hpp"
#include "backup/manifest/catalog.hpp"
#include "backup/restore/archived.hpp"
#include "backup/retention.hpp"
#include "backup/ship/tail.hpp"

namespace steward::backup {

namespace {

class Prune {
 public:
  Prune(objects::ObjectStore& store, const std::string& job, const std::string& host, WallNs now,
        bool dry_run)
      : store_(store), job_(job), host_(host), now_(now), dry_run_(dry_run) {}

  /// `next_whole`: a backup is made before, and whether it needs no other.
  Result<PruneReport> run(const Keep& keep, std::optional<bool> next_whole = {}) {
    auto folders = list_folders(store_, job_);
    if (!folders) return std::unexpected(folders.error());
    auto facts = facts_of(*folders);
    if (!facts) return std::unexpected(facts.error());
    if (next_whole) facts->push_back(next_of(*facts, *next_whole));
    const RetentionPlan plan = plan_retention(*facts, keep);
    report_.kept = plan.keep;
    if (next_whole) std::erase(report_.kept, facts->back().time);
    report_.removed = plan.remove;
    // Before the claims go, by which they are known.
    if (auto cleared = abort_uploads(); !cleared) return std::unexpected(cleared.error());
    // The newest first: what needs another goes before it.
    for (const Folder& folder : *folders | std::views::reverse) {
      if (std::ranges::binary_search(plan.remove, folder.time)) {
        if (auto gone = remove(folder); !gone) return std::unexpected(gone.error());
      } else if (!folder.complete()) {
        if (auto cleared = clear_unfinished(folder); !cleared) return std::unexpected(cleared.error());
      }
    }
    return std::move(report_);
  }

 private:
  Result<std::vector<BackupFact>> facts_of(const std::vector<Folder>& folders) {
    std::vector<BackupFact> facts;
    for (const Folder& folder : folders) {
      if (!folder.complete()) continue;
      auto manifest = read_manifest(store_, job_, folder.time);
      if (manifest) {
        facts.push_back({folder.time, manifest->started, manifest->needs, manifest->host == host_});
      } else if (manifest.error().code() == Code::corrupt) {
        // Whose it is cannot be known, nor what it needs.
        report_.notes.push_back(fmt::format("left alone: {}", manifest.error().text()));
        facts.push_back({folder.time, 0, {}, false});
      } else if (manifest.error().code() != Code::not_found) {  // another host removes its own meanwhile
        return unreadable(store_, job_, folder.time, manifest.error());
      }
    }
    return facts;
  }

  /// The backup that comes after the newest of ours.
  BackupFact next_of(const std::vector<BackupFact>& facts, bool whole) const {
    BackupFact next{time_name(now_), now_, {}, true};
    for (const BackupFact& fact : facts) {
      if (!fact.ours) continue;
      next.time = time_after(fact.time, now_);
      next.needs = fact.needs;
      next.needs.push_back(fact.time);
    }
    if (whole || next.needs.size() > kMostNeeds) next.needs.clear();
    return next;
  }

  std::string key(const std::string& time, std::string_view name) const { return key_of(job_, time, name); }

  Status remove(const Folder& folder) {
    if (dry_run_) return {};
    // From here on the folder is seen as one that a killed backup of this host left.
    if (auto claimed = store_.put(key(folder.time, kClaimName), format_claim(host_)); !claimed)
      return std::unexpected(claimed.error());
    if (auto gone = store_.remove(key(folder.time, kManifestName)); !gone) return gone;
    return remove_rest(folder);
  }

  Status remove_rest(const Folder& folder) {
    for (const std::string& name : folder.names) {
      if (name == kClaimName || name == kManifestName) continue;
      if (auto gone = store_.remove(key(folder.time, name)); !gone) return gone;
    }
    return store_.remove(key(folder.time, kClaimName));
  }

  /// Whether this host's claim lies in the folder.
  Result<bool> is_ours(const std::string& time) {
    auto text = store_.read(key(time, kClaimName), 0, 4096);
    if (text) return host_of_claim(*text) == host_;
    if (text.error().code() == Code::not_found) return false;
    return std::unexpected(text.error());
  }

  Status clear_unfinished(const Folder& folder) {
    if (folder.modified > now_ - kUnfinishedAge) return {};
    auto ours = is_ours(folder.time);
    if (!ours) return std::unexpected(ours.error());
    if (!*ours) return {};
    report_.unfinished.push_back(folder.time);
    return dry_run_ ? Status{} : remove_rest(folder);
  }

  Status abort_uploads() {
    auto uploads = store_.uploads(job_ + "/");
    if (!uploads) return std::unexpected(uploads.error());
    for (const auto& upload : *uploads) {
      const std::string time = upload.key.substr(job_.size() + 1, 20);
      if (upload.started > now_ - kUnfinishedAge || !is_time_name(time)) continue;
      auto over = is_over(time);
      if (!over) return std::unexpected(over.error());
      if (!*over || dry_run_) continue;
      if (auto gone = store_.abort(upload); !gone) return gone;
    }
    if (dry_run_) return {};
    auto tails = objects::abort_stale_uploads(store_, tail_prefix(job_, host_), now_ - kUnfinishedAge);
    return tails ? Status{} : std::unexpected(tails.error());
  }

  /// Whether an old upload into the folder is this host's, or of one that was killed while it wrote its
  /// claim.
  Result<bool> is_over(const std::string& time) {
    auto claim = store_.head(key(time, kClaimName));
    if (!claim && claim.error().code() == Code::not_found) return true;
    return is_ours(time);
  }

  objects::ObjectStore& store_;
  const std::string& job_;
  const std::string& host_;
  WallNs now_;
  bool dry_run_;
  PruneReport report_;
};

}  // namespace

Result<PruneReport> prune(objects::ObjectStore& store, const std::string& job, const std::string& host,
                          const Keep& keep, WallNs now, bool dry_run) {
  return Prune(store, job, host, now, dry_run).run(keep);
}

Result<PruneReport> foresee_prune(objects::ObjectStore& store, const std::string& job,
                                  const std::string& host, const Keep& keep, WallNs now, bool whole) {
  return Prune(store, job, host, now, true).run(keep, whole);
}

}  // namespace steward::backup
