#include "backup/restore/verify.hpp"

#include <optional>

#include "backup/manifest/catalog.hpp"
#include "backup/restore/archived.hpp"
#include "backup/restore/metered_taker.hpp"
#include "backup/restore/wanted.hpp"

namespace steward::backup {

Result<VerifyReport> verify(objects::ObjectStore& store, const std::string& job, const std::string& time,
                            const std::vector<Identity>& identities, const std::stop_token& stop,
                            Meter* meter) {
  auto newest = open_readable(store, job, time, identities, false);
  if (!newest) return std::unexpected(newest.error());
  WantedFrom wanted;
  std::int64_t bytes = 0;
  wanted[time];  // its own archives are read also when they hold no file
  auto planned = newest->files.each([&](const Entry& entry) -> Status {
    if (entry.type != EntryType::file) return {};
    want(wanted, time, entry);
    bytes += entry.size;
    return {};
  });
  if (!planned) return std::unexpected(planned.error());
  std::vector<std::string> needed;
  for (const auto& each : wanted) needed.push_back(each.first);
  if (auto there = check_fetched(store, job, needed); !there) return std::unexpected(there.error());
  static const std::vector<std::string> kAll;
  begin(meter, fmt::format("reading {}/{}", job, time), bytes);
  VerifyReport report;
  report.time = time;
  report.proved = true;
  for (const auto& [from, files] : wanted) {
    std::optional<OpenedBackup> other;
    if (from != time) {
      auto opened = open_older(store, newest->manifest, from, identities, false);
      if (!opened) return std::unexpected(opened.error());
      other = std::move(*opened);
    }
    OpenedBackup* opened = other ? &*other : &*newest;
    if (!opened->readable) {
      report.proved = false;
      if (auto checked = check_archives(store, opened->manifest, stop); !checked)
        return std::unexpected(checked.error());
      count(meter, files.bytes, files.files);
      continue;
    }
    Take taker(other ? &newest->files : nullptr, from, kAll);
    MeteredTaker metered(taker, meter);
    if (auto read = read_archives(store, *opened, metered, stop); !read) return std::unexpected(read.error());
    if (auto all = check_taken(taker, files, *newest, *opened, kAll); !all)
      return std::unexpected(all.error());
    report.files += files.files;
    report.bytes += files.bytes;
  }
  return report;
}

Result<std::vector<std::string>> sample_backups(objects::ObjectStore& store, const std::string& job,
                                                int count, Random& random) {
  auto listed = list_times(store, job);
  if (!listed) return listed;
  std::vector<std::string>& times = *listed;
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
