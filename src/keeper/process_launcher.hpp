#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "keeper/launcher.hpp"
#include "keeper/layout.hpp"
#include "keeper/life_cycle.hpp"
#include "keeper/log_files.hpp"
#include "keeper/run_files.hpp"
#include "keeper/run_record.hpp"
#include "os/cgroup.hpp"
#include "os/event_loop.hpp"

namespace steward::keeper {

/// What the launcher hears of runs, for the supervisor.
class RunListener {
 public:
  virtual ~RunListener() = default;
  virtual void run_exited(const std::string& bot, Ending ending) = 0;
  virtual void run_notified(const std::string& bot, const NotifyMessage& message) = 0;
};

/// Where and as whom the launcher works; fixed for its life.
struct LauncherSettings {
  std::string boot_id;
  std::uint64_t pid_namespace = 0;
  std::optional<CgroupTree> cgroups;  ///< none: only the sub-reaper's descendants can be proved gone
  std::uint64_t files_soft = 0;       ///< the soft RLIMIT_NOFILE before the keeper raised its own: the bots'
  std::uint64_t files_max = 0;        ///< the keeper's own, raised
};

/// The real Launcher: processes, run folders, output, notify sockets. Children are reaped in one place,
/// reap(); a process that is not our child (its keeper died) is watched through a pidfd. One thread, that of
/// the loop; every call is short, and none waits for a bot.
class ProcessLauncher final : public Launcher {
 public:
  ProcessLauncher(LauncherSettings settings, const Layout& layout, EventLoop& loop, const Clock& clock,
                  Random& random, EventSink& events);
  ~ProcessLauncher() override;

  /// Set once, before anything else is called.
  void listen(RunListener& listener) { listener_ = &listener; }

  Result<Launched> launch(const BotSpec& spec, std::uint64_t restarts) override;
  void signal(const std::string& bot, int signal) override;
  void kill(const std::string& bot) override;
  Result<bool> clear(const std::string& bot) override;
  Remains remains(const std::string& bot) const override;
  void note(const std::string& bot, const RunNote& note) override;
  void finish(const std::string& bot) override;
  void forget(const std::string& bot) override;

  /// Takes over what an earlier keeper left of a bot; `notify` and `output` are its descriptors if they came
  /// along by exec.
  std::optional<Found> adopt(const BotSpec& spec, Fd notify, Fd output);

  /// Reaps every child that has ended: bots, helpers, and whatever fell to us as sub-reaper or PID 1.
  void reap();
  /// About once a second: journal segments, counters of dropped output, waiting compressions.
  void tend();
  /// Removes notify sockets of runs that no keeper was there to close; after all adoptions.
  void remove_stale_sockets();
  /// Work that a restart must not wait for: closes what ended, makes at most one spare run ready; true when
  /// more wait.
  bool prepare();

  /// Descriptors that a next image of this program needs, for each living run.
  struct Kept {
    std::string bot, run;
    int notify = -1, output = -1;
  };
  std::vector<Kept> kept() const;
  const LauncherSettings& settings() const { return settings_; }

 private:
  struct Run;
  struct Slot;
  /// A log to be compressed by a child, and what of the bot's logs is kept.
  struct Compression {
    std::string path;
    std::int64_t files, log_max;
  };

  Slot& slot_of(const BotSpec& spec);
  Run* run_of(const std::string& bot) const;
  Result<RunFiles> take_spare(Slot& slot);
  bool enough_descriptors();
  Status make_spare(Slot& slot);
  Status ready_cgroup(Slot& slot);
  Result<Launched> begin(Slot& slot, Run& run);
  Status write_record(Run& run);
  void watch(Slot& slot);
  void watch_adopted(Slot& slot);
  void end_adopted(Slot& slot, std::optional<int> wait_status);
  void drain_output(Run& run, std::size_t most);
  void drain_notify(Slot& slot);
  void tell_output(Run& run);
  void bury();
  void next_segment(Run& run, const BotSpec& spec);
  LogWriter log_writer(const BotSpec& spec, const std::string& folder);
  void compress_later(Compression job);
  void next_compression();
  std::vector<pid_t> leftovers(const Run& run) const;
  bool lives(const RunRecord& record) const;
  void trouble(std::string_view what, std::string_view text, bool over);

  const LauncherSettings settings_;
  const Layout& layout_;
  EventLoop& loop_;
  const Clock& clock_;
  Random& random_;
  EventSink& events_;
  RunListener* listener_ = nullptr;
  std::map<std::string, std::unique_ptr<Slot>, std::less<>> slots_;
  std::map<pid_t, Slot*> children_;
  std::deque<std::string> spares_wanted_;
  std::vector<std::unique_ptr<Run>> ended_;
  std::deque<Compression> compressions_;
  pid_t compressing_ = 0;
  bool short_of_descriptors_ = false, disk_told_ = false;
};

}  // namespace steward::keeper
