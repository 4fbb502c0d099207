#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/backup_child.hpp"
#include "backup/jobs/job_view.hpp"
#include "base/clock.hpp"
#include "config/settings.hpp"

namespace steward::agent {

/// Runs the [[backup]]s and their drills on their schedules, one at a time on this machine, and knows how
/// each stands. What is known lies in the jobs' files (docs/decisions/0009), so it begins where the agent
/// before it ended. Control thread only.
class Backups {
 public:
  /// `state`: the state folder. The clock is borrowed.
  Backups(std::string state, const Clock& clock, std::unique_ptr<BackupLauncher> launcher);

  /// Jobs that are gone are forgotten; those that stayed keep what is known of them.
  void assign(const config::Settings& settings);
  /// Looks at the files that have changed and starts what is due. About once a second.
  void look();
  /// How far the shipping of journals has come, by job.
  void take_shipped(const std::map<std::string, backup::ShipFacts>& facts);
  /// In the order of the file.
  std::vector<backup::JobView> views() const;
  /// Why nothing can be started; empty when it can.
  const std::string& trouble() const { return trouble_; }

 private:
  /// A process that ended badly before it could write why; until a later attempt is on record.
  struct Unrecorded {
    WallNs at = 0;  ///< 0: there is none
    std::int64_t failures = 0;
    std::string error;
  };
  /// Which bytes a file held: changed files have another.
  struct Stamp {
    std::uint64_t inode = 0;
    std::int64_t size = -1, changed = 0;
    bool operator==(const Stamp&) const = default;
  };
  struct Watched {
    config::Backup configured;
    backup::JobClock runs, drills;
    WallNs known_since = 0;  ///< with these schedules
    backup::JobView view;
    Stamp facts;
    Unrecorded run, drill;
    WallNs plan_at = 0;  ///< wall clock: something becomes due
    MonoNs plan_by = 0;  ///< at the latest, whatever the wall clock does
  };
  struct Child {
    std::string job;  ///< empty: it clears up after jobs that are gone
    bool drill = false;
    WallNs started = 0;
  };

  Watched watch(const config::Backup& backup, const config::Settings& settings) const;
  static Stamp stamp_of(const std::string& path);
  void read(Watched& job, bool& changed);
  void keep_schedule(Watched& job) const;
  void plan(Watched& job, WallNs now);
  static void add_unrecorded(const Unrecorded& unrecorded, const backup::Attempt& newest,
                             backup::Progress& progress, std::string& error);
  void start_next(WallNs now);
  void start(Watched& job, bool drill, WallNs now);
  void clear();
  void take_end(WallNs now);
  static void log_end(const backup::JobView& view, bool drill, const ChildEnd& end);
  bool anything_runs() const;
  Watched* find(const std::string& name);

  std::string folder_;
  const Clock& clock_;
  std::unique_ptr<BackupLauncher> launcher_;
  config::Settings settings_;
  bool clear_ = false;  ///< perhaps jobs that are gone have left something
  std::vector<Watched> jobs_;
  std::optional<Child> child_;
  MonoNs read_at_ = 0;
  std::string trouble_;
};

}  // namespace steward::agent
