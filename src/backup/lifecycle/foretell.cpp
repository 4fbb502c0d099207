#include "backup/lifecycle/foretell.hpp"

#include <algorithm>
#include <ranges>
#include <unordered_map>

#include "backup/backup.hpp"
#include "backup/manifest/manifest.hpp"

namespace steward::backup {

namespace {

constexpr std::int64_t kYearNs = 365 * kDayNs;
constexpr std::size_t kLately = 16;
/// Backups, and needs of them, looked at by retention after each run; once it is spent, a look a day has to
/// do.
constexpr std::size_t kMostWork = 2'000'000;
/// Of a year with a backup each minute.
constexpr std::size_t kMostRuns = 600'000;
constexpr std::int64_t kBetweenDrills = 3600 * kSecond;

std::int64_t size_of(const KnownBackup& backup) {
  std::int64_t size = 0;
  for (const LivedObject& object : backup.objects) size += object.size;
  return size;
}

/// The one in the middle by size; null of none.
const KnownBackup* usual_of(std::vector<const KnownBackup*> backups) {
  if (backups.empty()) return nullptr;
  const auto middle = backups.begin() + static_cast<std::ptrdiff_t>(backups.size() / 2);
  std::ranges::nth_element(backups, middle, {}, [](const KnownBackup* each) { return size_of(*each); });
  return *middle;
}

/// What the next backups will be like.
struct Usual {
  const KnownBackup* full = nullptr;
  const KnownBackup* more = nullptr;  ///< one that needs others; null: all are full
  bool needed = true;                 ///< it will be needed by later ones
};

Usual usual_ones(const JobHabits& habits) {
  std::vector<const KnownBackup*> full;
  std::vector<const KnownBackup*> more;
  const KnownBackup* newest = nullptr;
  for (const KnownBackup& backup : habits.backups | std::views::reverse) {
    if (!backup.fact.ours || full.size() + more.size() == kLately) continue;
    if (newest == nullptr) newest = &backup;
    (backup.fact.needs.empty() ? full : more).push_back(&backup);
  }
  Usual usual{.full = usual_of(full)};
  if (habits.stands_alone || newest == nullptr) return usual;
  usual.more = usual_of(more);
  if (more.empty()) usual.more = usual.full;
  if (full.empty()) usual.full = usual.more;  // its full one is older, or another host's
  const auto is_needed = [&](const KnownBackup* each) {
    return std::ranges::find(newest->fact.needs, each->fact.time) != newest->fact.needs.end();
  };
  const auto count = static_cast<std::size_t>(std::ranges::count_if(more, is_needed));
  usual.needed = more.size() < 2 || newest->fact.needs.empty() || 2 * count >= more.size() - 1;
  return usual;
}

/// Goes through the year run by run.
class Year {
 public:
  Year(const JobHabits& habits, WallNs now) : habits_(habits), usual_(usual_ones(habits)) {
    line_.from = now;
    line_.until = now + kYearNs;
  }

  Timeline pass() {
    for (const KnownBackup& backup : habits_.backups) add_known(backup);
    if (habits_.runs && usual_.full != nullptr) {
      WallNs pruned = line_.from;
      std::size_t work = 0;
      std::size_t runs = 0;
      for (auto at = habits_.runs->next(line_.from); at && *at < line_.until && runs < kMostRuns;
           at = habits_.runs->next(*at), ++runs) {
        run(*at);
        if (keeps_everything(habits_.keep) || (work > kMostWork && *at < pruned + kDayNs)) continue;
        for (const Alive& each : alive_) work += 1 + each.needs;
        prune(pruned = *at);
      }
    }
    end_use(line_.until);
    find_drills();
    return std::move(line_);
  }

 private:
  struct Alive {
    BackupFact fact;
    std::uint32_t index;
    std::size_t needs;  ///< how many, those of its needs among them
  };

  void add_known(const KnownBackup& backup) {
    const auto index = static_cast<std::uint32_t>(line_.backups.size());
    known_[backup.fact.time] = index;
    std::vector<std::uint32_t> needs;
    for (const std::string& time : backup.fact.needs) {
      if (const auto at = known_.find(time); at != known_.end()) needs.push_back(at->second);
    }
    line_.objects.insert(line_.objects.end(), backup.objects.begin(), backup.objects.end());
    add(backup.fact, backup.fact.needs.size(), std::move(needs), backup.objects.size());
  }

  /// `objects` of it are in the line already.
  void add(BackupFact fact, std::size_t count_needs, std::vector<std::uint32_t> needs, std::size_t objects) {
    const auto index = static_cast<std::uint32_t>(line_.backups.size());
    const auto count = static_cast<std::uint32_t>(objects);
    line_.backups.push_back({static_cast<std::uint32_t>(line_.objects.size()) - count, count});
    if (fact.ours) {
      end_use(fact.started);
      needs.push_back(index);
      use_ = {.from = fact.started, .backups = std::move(needs)};
      newest_ = fact;
      newest_needs_ = count_needs;
    }
    if (!keeps_everything(habits_.keep)) alive_.push_back({std::move(fact), index, count_needs});
  }

  void run(WallNs at) {
    BackupFact fact{.time = time_name(at), .started = at, .ours = true};
    std::size_t count_needs = 0;
    std::vector<std::uint32_t> needs;
    const KnownBackup* like = usual_.full;
    if (usual_.more != nullptr && newest_needs_ < kMostNeeds) {
      like = usual_.more;
      needs.reserve(use_->backups.size() + 1);
      needs = use_->backups;
      if (usual_.needed || newest_needs_ == 0) {
        fact.needs = {newest_.time};  // whose needs retention finds there
        count_needs = newest_needs_ + 1;
      } else {
        fact.needs = newest_.needs;
        count_needs = newest_needs_;
        needs.pop_back();
      }
    }
    for (const LivedObject& object : like->objects)
      line_.objects.push_back({.size = object.size, .written = at});
    add(std::move(fact), count_needs, std::move(needs), like->objects.size());
  }

  void prune(WallNs at) {
    std::vector<BackupFact> facts;
    for (const Alive& each : alive_) facts.push_back(each.fact);
    const RetentionPlan plan = plan_retention(facts, habits_.keep);
    if (plan.remove.empty()) return;
    const auto gone = [&](const Alive& each) {
      return std::ranges::binary_search(plan.remove, each.fact.time);
    };
    for (const Alive& each : alive_) {
      if (!gone(each)) continue;
      const auto [first, count] = line_.backups[each.index];
      for (std::uint32_t i = first; i < first + count; ++i) line_.objects[i].removed = at;
    }
    std::erase_if(alive_, gone);
  }

  /// The backup that was the newest is not any more.
  void end_use(WallNs at) {
    if (use_ && at > line_.from) {
      use_->from = std::max(use_->from, line_.from);
      use_->until = at;
      line_.newest.push_back(std::move(*use_));
    }
    use_.reset();
  }

  /// Each drill restores the newest backup.
  void find_drills() {
    if (!habits_.drills) return;
    auto use = line_.newest.begin();
    for (auto at = habits_.drills->next(line_.from); at && *at < line_.until;
         at = habits_.drills->next(*at + kBetweenDrills)) {
      while (use != line_.newest.end() && use->until <= *at) ++use;
      if (use == line_.newest.end()) return;
      if (use->from <= *at) line_.drills.push_back({*at, *at, use->backups});
    }
  }

  const JobHabits& habits_;
  Usual usual_;
  Timeline line_;
  std::vector<Alive> alive_;
  std::unordered_map<std::string, std::uint32_t> known_;
  BackupFact newest_;                 ///< of this host
  std::size_t newest_needs_ = 0;      ///< as Alive::needs
  std::optional<Timeline::Use> use_;  ///< what it needs, itself the last
};

}  // namespace

Timeline foretell(const JobHabits& habits, WallNs now) {
  return Year(habits, now).pass();
}

std::optional<std::int64_t> longest_life(const Timeline& timeline) {
  std::optional<std::int64_t> longest;
  for (const LivedObject& object : timeline.objects) {
    if (object.removed != kForever) longest = std::max(longest.value_or(0), object.removed - object.written);
  }
  return longest;
}

}  // namespace steward::backup
