#include "backup/lifecycle/study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "backup/jobs/configured.hpp"
#include "backup/manifest/catalog.hpp"
#include "base/units.hpp"
#include "config/backups.hpp"

namespace steward::backup {

namespace {

/// No object of S3 is larger than that; what a listing says is not trusted.
constexpr std::int64_t kLargestObject = std::int64_t{1} << 50;

std::optional<Tier> tier_of(const std::string& storage_class) {
  if (storage_class.empty()) return Tier::standard;
  for (const Tier tier : {Tier::standard, Tier::ia, Tier::glacier}) {
    if (storage_class == tier_name(tier)) return tier;
  }
  return std::nullopt;
}

/// What the listing says of a job.
struct Listed {
  std::map<std::string, std::vector<LivedObject>> backups;  ///< by time; complete or not
  std::vector<std::string> complete;                        ///< oldest first
  std::int64_t largest_manifest = 0;
  std::int64_t others = 0, others_bytes = 0;  ///< objects in classes that the bill does not know
};

Result<Listed> list_job(objects::ObjectStore& store, const std::string& job) {
  auto objects = objects::list_all(store, job + "/");
  if (!objects) return std::unexpected(objects.error());
  Listed listed;
  for (const objects::ObjectInfo& object : *objects) {
    const auto from = job.size() + 1;
    const auto slash = object.key.find('/', from);
    if (slash == std::string::npos) continue;
    const std::string time = object.key.substr(from, slash - from);
    if (!is_time_name(time)) continue;
    const std::int64_t size = std::min(object.size, kLargestObject);
    if (object.key.substr(slash + 1) == kManifestName) {
      listed.complete.push_back(time);
      listed.largest_manifest = std::max(listed.largest_manifest, size);
    }
    if (const auto tier = tier_of(object.storage_class)) {
      listed.backups[time].push_back({.size = size, .written = object.modified, .tier = *tier});
    } else {
      ++listed.others;
      listed.others_bytes += size / 1024 * 1024;
    }
  }
  return listed;
}

/// What its manifest says; of one that is damaged, or lies in an archive, nothing: it stays, and is nobody's.
Result<BackupFact> fact_of(objects::ObjectStore& store, const std::string& job, const std::string& time,
                           const std::string& host, std::vector<std::string>& notes) {
  auto manifest = read_manifest(store, job, time);
  if (manifest) return BackupFact{time, manifest->started, manifest->needs, manifest->host == host};
  const Code code = manifest.error().code();
  if (code != Code::corrupt && code != Code::denied) return std::unexpected(manifest.error());
  notes.push_back(fmt::format("the backup {} is taken as one that stays: {}", time, manifest.error().text()));
  return BackupFact{time, 0, {}, false};
}

Result<std::optional<schedule::Schedule>> schedule_for(const config::When& when, const std::string& zone) {
  if (when.none()) return std::nullopt;
  auto schedule = config::schedule_of(when, zone);
  if (!schedule) return std::unexpected(schedule.error());
  return std::move(*schedule);
}

}  // namespace

Result<JobCase> study_job(const config::Backup& backup, const config::Settings& settings,
                          objects::ObjectStore& store) {
  auto runs = schedule_for(backup.when, settings.timezone);
  if (!runs) return std::unexpected(runs.error());
  auto drills = schedule_for(backup.drill.when, settings.timezone);
  if (!drills) return std::unexpected(drills.error());
  auto listed = list_job(store, backup.name);
  if (!listed) return std::unexpected(listed.error());
  JobCase job{.name = backup.name,
              .wanted = backup.has_lifecycle,
              .days = backup.lifecycle,
              .habits = {.backups = {},
                         .runs = std::move(*runs),
                         .drills = std::move(*drills),
                         .keep = keep_of(backup.keep),
                         .stands_alone = stands_alone(backup, settings)},
              .largest_manifest = listed->largest_manifest,
              .notes = {}};
  if (listed->others > 0)
    job.notes.push_back(fmt::format("{} objects of {} in other storage classes are not in the bill",
                                    listed->others, format_bytes(listed->others_bytes)));
  for (const std::string& time : listed->complete) {
    auto fact = fact_of(store, backup.name, time, host_of(settings), job.notes);
    if (!fact) return std::unexpected(fact.error());
    job.habits.backups.push_back({std::move(*fact), std::move(listed->backups[time])});
  }
  return job;
}

Result<std::vector<LeftJob>> left_jobs(const objects::LifecycleText& set, const std::string& prefix,
                                       const config::Settings& settings, objects::ObjectStore& store) {
  std::vector<LeftJob> left;
  for (const objects::LifecycleRule& rule : set.rules()) {
    const auto job = job_of_rule(rule, prefix);
    if (!job || std::ranges::find(settings.backups, *job, &config::Backup::name) != settings.backups.end() ||
        std::ranges::find(left, *job, &LeftJob::name) != left.end())
      continue;
    left.push_back({*job});
    auto folders = list_folders(store, *job);
    if (!folders) return std::unexpected(folders.error());
    for (const Folder& folder : *folders) {
      if (!folder.complete()) continue;
      std::vector<std::string> notes;
      const auto fact = fact_of(store, *job, folder.time, host_of(settings), notes);
      if (!fact) return std::unexpected(fact.error());
      if (fact->ours) continue;
      left.back().others = true;
      break;
    }
  }
  return left;
}

Result<Prices> prices_for(const config::Objects& objects, const std::string& region) {
  if (!objects.prices.empty()) return read_prices(objects.prices);
  if (auto prices = amazon_prices(region)) return std::move(*prices);
  return fail(Code::not_found,
              "the bucket is in {}, whose prices Steward does not know (it has those of {}): write them into "
              "a file and "
              "name it with [objects] prices (docs/configuration.md#prices)",
              region, fmt::join(priced_regions(), ", "));
}

}  // namespace steward::backup
