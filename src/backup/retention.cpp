#include "backup/retention.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace steward::backup {

namespace {

using Period = std::int64_t (*)(WallNs);

constexpr std::int64_t kDay = 86'400 * kSecond;

std::int64_t day_of(WallNs wall) {
  return (wall - ((wall % kDay) + kDay) % kDay) / kDay;
}

std::chrono::year_month_day date_of(WallNs wall) {
  return std::chrono::year_month_day(std::chrono::sys_days(std::chrono::days(day_of(wall))));
}

std::int64_t hour(WallNs wall) {
  return day_of(wall) * 24 + (((wall % kDay) + kDay) % kDay) / (3600 * kSecond);
}
std::int64_t week(WallNs wall) {
  const std::int64_t day = day_of(wall) + 3;  // 1970-01-01 was a Thursday
  return (day - ((day % 7) + 7) % 7) / 7;
}
std::int64_t year(WallNs wall) {
  return static_cast<int>(date_of(wall).year());
}
std::int64_t month(WallNs wall) {
  return year(wall) * 12 + static_cast<unsigned>(date_of(wall).month());
}

/// Takes the newest backup of each of the newest `count` periods.
void keep_of(const std::vector<const BackupFact*>& newest_first, int count, Period period,
             std::unordered_set<std::string_view>& kept) {
  std::optional<std::int64_t> last;
  for (const BackupFact* backup : newest_first) {
    if (count <= 0) return;
    const std::int64_t now = period(backup->started);
    if (last == now) continue;
    last = now;
    --count;
    kept.insert(backup->time);
  }
}

/// What a kept backup needs is kept, and what that needs.
void keep_needs(const std::vector<BackupFact>& backups, std::unordered_set<std::string_view>& kept) {
  std::unordered_map<std::string_view, const BackupFact*> by_time;
  for (const BackupFact& backup : backups) by_time[backup.time] = &backup;
  std::vector<std::string_view> open(kept.begin(), kept.end());
  while (!open.empty()) {
    const auto at = by_time.find(open.back());
    open.pop_back();
    if (at == by_time.end()) continue;
    for (const std::string& need : at->second->needs) {
      if (kept.insert(need).second) open.push_back(need);
    }
  }
}

}  // namespace

bool keeps_everything(const Keep& keep) {
  return keep.last <= 0 && keep.hourly <= 0 && keep.daily <= 0 && keep.weekly <= 0 && keep.monthly <= 0 &&
         keep.yearly <= 0;
}

RetentionPlan plan_retention(const std::vector<BackupFact>& backups, const Keep& keep) {
  std::vector<const BackupFact*> ours;
  std::unordered_set<std::string_view> kept;
  const bool everything = keeps_everything(keep);
  for (const BackupFact& backup : backups) {
    if (backup.ours && !everything) {
      ours.push_back(&backup);
    } else {
      kept.insert(backup.time);
    }
  }
  std::ranges::sort(ours, std::greater{}, &BackupFact::time);
  for (std::size_t i = 0; i < ours.size() && static_cast<int>(i) < std::max(keep.last, 1); ++i)
    kept.insert(ours[i]->time);
  keep_of(ours, keep.hourly, hour, kept);
  keep_of(ours, keep.daily, day_of, kept);
  keep_of(ours, keep.weekly, week, kept);
  keep_of(ours, keep.monthly, month, kept);
  keep_of(ours, keep.yearly, year, kept);
  keep_needs(backups, kept);
  RetentionPlan plan;
  for (const BackupFact& backup : backups)
    (kept.contains(backup.time) ? plan.keep : plan.remove).push_back(backup.time);
  std::ranges::sort(plan.keep);
  std::ranges::sort(plan.remove);
  return plan;
}

}  // namespace steward::backup
