#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "keeper/agent_watch.hpp"
#include "keeper/control.hpp"
#include "keeper/file_store.hpp"
#include "keeper/handoff.hpp"
#include "keeper/journal.hpp"
#include "keeper/layout.hpp"
#include "keeper/process_launcher.hpp"
#include "keeper/supervisor.hpp"
#include "os/event_loop.hpp"
#include "os/notifier.hpp"

namespace steward::keeper {

/// What the keeper finds before it begins; start.cpp makes it.
struct Beginning {
  std::string state;  ///< absolute path of the state folder
  Fd lock;            ///< held on it
  Handoff handoff;
  bool upgraded = false;
  bool predecessor_died = false;
  LauncherSettings launcher;
  std::string no_cgroups;  ///< why there are none; empty when there are
};

/// The whole keeper: one loop on one thread over signals, control connections and the launcher's descriptors.
/// Nothing in it waits for a bot, the agent or a client.
class Keeper final : RunListener, EventSink {
 public:
  explicit Keeper(Beginning beginning, EventLoop loop);
  ~Keeper() override;

  /// Reads the plan, adopts and starts bots, listens. On failure nothing was started.
  Status begin();
  /// Turns until everything has stopped after a shutdown; returns the exit code.
  int run();

 private:
  void event(std::string json) override;
  void run_exited(const std::string& bot, Ending ending) override;
  void run_notified(const std::string& bot, const NotifyMessage& message) override;

  Result<Plan> load_plan();
  Status open_control();
  Status open_signals();
  void take_signals();
  void hang_up();
  void tend();
  void look_at_agent(MonoNs now);
  void begin_shutdown();
  MonoNs next_deadline(bool more_to_prepare) const;
  std::string answer(const std::vector<std::string>& words);
  Result<std::string> perform(const std::vector<std::string>& words);
  std::string status_text() const;
  Status reload();
  Status ask_upgrade(const std::string& program);
  void upgrade();

  Beginning beginning_;
  Layout layout_;
  SystemClock clock_;
  SystemRandom random_;
  EventLoop loop_;
  std::string run_;
  JournalWriter journal_;
  PastJournals past_;
  ProcessLauncher launcher_;
  FileStore store_;
  Supervisor supervisor_;
  ControlServer control_;
  Fd signals_;
  std::string upgrade_to_;
  WallNs started_ = 0;
  MonoNs tend_at_ = 0;
  Notifier manager_ = Notifier::from_environment();  ///< systemd, when it started us
  MonoNs pat_every_ = 0, pat_at_ = 0;
  std::vector<std::string> on_agent_dead_;
  AgentWatch agent_watch_;
  HelperCommand helper_;
  std::uint64_t lost_told_ = 0;
  bool journal_trouble_told_ = false;
};

}  // namespace steward::keeper
