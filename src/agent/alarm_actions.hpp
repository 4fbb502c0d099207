#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "alerts/life_cycle.hpp"
#include "base/clock.hpp"
#include "net/command.hpp"
#include "net/http_client.hpp"

namespace steward::agent {

/// Does what an alarm's rule says: closes gates, restarts bots, runs commands. Halts and restarts go to the
/// keeper on a thread of their own, which starts with the first, so that neither a silent keeper nor a slow
/// disk holds the control thread up; commands run under the loop. Made and used on the control thread.
class AlarmActions {
 public:
  /// On the control thread.
  using Done = std::function<void(const alerts::Task&, const alerts::TaskResult&)>;
  using RunCommand = std::function<void(net::Command, net::CommandDone)>;
  struct Parts {
    std::string state;
    const Clock& clock;
    net::Executor executor;  ///< posts to the control thread
    RunCommand run_command;
    Done done;
  };
  explicit AlarmActions(Parts parts) : parts_(std::move(parts)) {}
  /// Waits for the one that is under way, a few seconds at most.
  ~AlarmActions();
  AlarmActions(const AlarmActions&) = delete;
  AlarmActions& operator=(const AlarmActions&) = delete;

  void begin(const alerts::Task& task);

 private:
  /// So many wait; one more is answered with "too many".
  static constexpr std::size_t kMostWaiting = 1000;
  void work();
  void run_command(const alerts::Task& task);

  Parts parts_;
  std::mutex mutex_;  // of what follows
  std::condition_variable wake_;
  std::deque<alerts::Task> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

/// Closes the gate of the alarm's bot, or of all when it names none that there is: by the keeper, else by the
/// gate files themselves, and then again until the keeper knows. Waits, seconds at most. Any thread.
alerts::TaskResult halt(const std::string& state, const alerts::Alarm& alarm, const Clock& clock);
/// Restarts the alarm's bot. Waits likewise.
alerts::TaskResult restart(const std::string& state, const alerts::Alarm& alarm);

}  // namespace steward::agent
