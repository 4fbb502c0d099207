#pragma once

#include <string>
#include <string_view>

#include "keeper/plan.hpp"

namespace steward::keeper {

/// Where everything lies below the state folder. Values only; makes nothing.
class Layout {
 public:
  explicit Layout(std::string state) : state_(std::move(state)) {}

  const std::string& state() const { return state_; }
  std::string plan() const { return state_ + "/plan"; }
  std::string socket() const { return state_ + "/keeper.sock"; }
  std::string keeper() const { return state_ + "/keeper"; }
  std::string lock() const { return keeper() + "/lock"; }
  /// The last plan that was taken, for a keeper that finds the other one torn.
  std::string last_plan() const { return keeper() + "/plan.last"; }
  /// Is there while a keeper runs; left behind by one that was killed.
  std::string running() const { return keeper() + "/running"; }
  std::string keeper_runs() const { return keeper() + "/runs"; }
  /// Notify sockets; short, for a socket's path is.
  std::string notify() const { return state_ + "/notify"; }
  std::string bots() const { return state_ + "/bots"; }

  std::string bot(const BotSpec& spec) const {
    return spec.role == Role::agent ? state_ + "/agent" : bots() + "/" + spec.name;
  }
  std::string gate(const BotSpec& spec) const { return bot(spec) + "/gate"; }
  std::string down(const BotSpec& spec) const { return bot(spec) + "/down"; }
  std::string runs(const BotSpec& spec) const { return bot(spec) + "/runs"; }
  /// The next run's folder, made ready while the current one lives.
  std::string spare(const BotSpec& spec) const { return bot(spec) + "/spare"; }
  std::string run(const BotSpec& spec, std::string_view run) const {
    return runs(spec) + "/" + std::string(run);
  }

 private:
  std::string state_;
};

}  // namespace steward::keeper
