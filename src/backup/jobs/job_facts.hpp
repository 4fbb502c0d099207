#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "os/fd.hpp"

namespace steward::backup {

/// One attempt: a backup, or a drill.
struct Attempt {
  WallNs started = 0;   ///< 0: there was none yet
  WallNs finished = 0;  ///< 0: under way, or cut short by a kill (job_is_running() tells which)
  std::string error;    ///< why it failed; empty when it did not

  /// Begun and not ended; of one that does not run, a failure.
  bool cut_short() const { return started != 0 && finished == 0; }
};

/// What is known on this host of one [[backup]]: `STATE/backup/NAME.json` (docs/decisions/0009). Written by
/// the process that runs the job or its drill, `scheduled` by the agent, and made anew by whoever opens
/// another store at the place (own_store.hpp), under the job's lock; read by the agent and by `steward backup
/// status`, also while no agent lives.
struct JobFacts {
  /// The store and the host that all this is of: in another one nothing of it is true (place_of()).
  std::string place;
  std::string store;  ///< its identity, should another disk be there one day; empty: not known
  /// Since when the schedules of the job and of its drills are what they are: before that nothing could be
  /// late.
  struct Scheduled {
    std::string by;  ///< both schedules as text; another one: they have changed
    WallNs since = 0;
  } scheduled;
  Attempt run;                ///< the newest
  std::int64_t failures = 0;  ///< in a row
  std::string after;          ///< what the run's backup is named later than, when the clock was ahead before
  /// The newest backup that is in the store.
  struct Made {
    std::string time;  ///< its folder
    WallNs started = 0, finished = 0;
    std::int64_t files = 0, bytes = 0, bytes_stored = 0;
    /// URL and place in the write-ahead log of each database of PostgreSQL, for wal_bytes_since().
    std::vector<std::pair<std::string, std::string>> wal;
  } made;
  Attempt drill;
  std::int64_t drill_failures = 0;
  /// The newest backup whose content a drill has restored and found right.
  struct Proved {
    std::string time;
    WallNs started = 0;   ///< of the backup
    WallNs finished = 0;  ///< of the drill
    std::int64_t files = 0, bytes = 0, rows = 0, took_ns = 0;
  } proved;
};

/// Whether facts of `known`, a place or a store's identity, are facts of `wanted` (empty: whatever they are
/// of); of an older Steward's nobody knows, and they count.
bool is_of(const std::string& known, const std::string& wanted);
/// What is there, of this place and of this store (empty: whatever it is of); without a file, or with one
/// that is damaged, nothing is known.
JobFacts read_job_facts(const std::string& folder, const std::string& job, const std::string& place = {},
                        const std::string& store = {});
/// Durable; readers see the old facts or the new ones. On a full disk they are written over the old ones in
/// place, with shorter errors: a job that failed there is marked so.
Status write_job_facts(const std::string& folder, const std::string& job, const JobFacts& facts);
/// Code::conflict while the job or its drill runs. Not durable: it is cheap, and the agent says it again.
Status note_schedule(const std::string& folder, const std::string& job, const std::string& place,
                     const JobFacts::Scheduled& scheduled);
std::string format_job_facts(const JobFacts& facts);
JobFacts parse_job_facts(std::string_view text);

/// Held as long as the job or its drill runs on this machine; Code::conflict while another process does.
/// Makes the folder, which is for nobody else's eyes, when it is missing. note_schedule() holds it for a
/// moment, too: whoever is about to run is to have the patience to wait for that.
Result<Fd> lock_job(const std::string& folder, const std::string& job, std::int64_t patience_ns = 0);
inline constexpr std::int64_t kLockPatience = 2 * kSecond;
bool job_is_running(const std::string& folder, const std::string& job);

}  // namespace steward::backup
