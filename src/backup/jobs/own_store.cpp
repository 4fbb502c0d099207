#include "backup/jobs/own_store.hpp"

#include <algorithm>
#include <optional>

#include "backup/jobs/job_facts.hpp"
#include "backup/manifest/catalog.hpp"
#include "backup/ship/ship_file.hpp"
#include "base/units.hpp"
#include "objects/open_store.hpp"

namespace steward::backup {

namespace {

/// When something last went to the store at this place; 0: one was opened there, none: nobody knows of one.
std::optional<WallNs> last_kept(const config::Settings& settings) {
  const std::string folder = work_folder(settings.state), place = place_of(settings);
  std::optional<WallNs> last;
  const auto add = [&last](const std::string& store, WallNs at) {
    if (!store.empty() || at != 0) last = std::max(last.value_or(0), at);
  };
  for (const config::Backup& job : settings.backups) {
    const JobFacts facts = read_job_facts(folder, job.name, place);
    add(facts.store, facts.made.finished);
    const ShipFacts shipped = read_ship_file(folder, job.name, place).facts;
    add(shipped.store, shipped.shipped_at);
  }
  return last;
}

/// Facts of another store, or of a backup that was removed, as when somebody empties the folder.
bool is_untrue(const JobFacts& facts, const std::string& job, objects::ObjectStore& store) {
  return !is_of(facts.store, store.identity()) ||
         (!facts.made.time.empty() && was_removed(store, job, facts.made.time));
}

/// Of every job but those that run now: these note what they make, and where.
void forget_untrue(const config::Settings& settings, objects::ObjectStore& store) {
  const std::string folder = work_folder(settings.state), place = place_of(settings);
  for (const config::Backup& job : settings.backups) {
    if (!is_untrue(read_job_facts(folder, job.name, place), job.name, store)) continue;
    const auto lock = lock_job(folder, job.name);
    const JobFacts known = read_job_facts(folder, job.name, place);
    if (!lock || !is_untrue(known, job.name, store)) continue;
    JobFacts fresh;
    fresh.place = place, fresh.store = store.identity();
    fresh.scheduled = {known.scheduled.by, SystemClock().wall()};  // before this nothing was missing here
    static_cast<void>(write_job_facts(folder, job.name, fresh));   // the next run says it again
  }
}

}  // namespace

Result<std::unique_ptr<objects::ObjectStore>> open_own_store(const config::Settings& settings,
                                                             Opening opening) {
  const std::string folder = objects::folder_of(settings.objects.url);
  const auto last = folder.empty() ? std::nullopt : last_kept(settings);
  opening.existing = last.has_value();
  auto store = open_configured(settings.objects, opening);
  if (!store && last && store.error().code() == Code::not_found) {
    constexpr std::size_t kToMinutes = 16;
    const std::string until = *last == 0 ? "" : " until " + format_utc(*last).substr(0, kToMinutes) + "Z";
    return fail(Code::unavailable,
                "{} holds no store, but backups went there{}: is its disk mounted? On one that is new, was "
                "emptied or got a copy, make {}/.steward-store",
                settings.objects.url, until, folder);
  }
  if (store && !folder.empty()) forget_untrue(settings, **store);
  return store;
}

}  // namespace steward::backup
