#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "store/alarm_store.hpp"
#include "store/engine.hpp"

namespace steward::agent {

/// Has state.db and steward.db copied for a backup that asks at the control socket, by the threads that own
/// them. Nobody waits: who asks, asks again. Control thread.
class Snapshots {
 public:
  Snapshots(std::string folder, store::Engine& engine, store::AlarmStore& alarms)
      : folder_(std::move(folder)), engine_(engine), alarms_(alarms) {}

  /// The answer to one request of this id: it begins with the first. Code::conflict while those for another
  /// id are under way; an error of either copy ends both.
  Result<std::string> answer(const std::string& id);

 private:
  struct Progress;
  std::string folder_;
  store::Engine& engine_;
  store::AlarmStore& alarms_;
  std::shared_ptr<Progress> progress_;  ///< shared with the threads that copy
};

}  // namespace steward::agent
