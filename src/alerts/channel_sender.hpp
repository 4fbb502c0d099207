#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "alerts/channels/channel.hpp"
#include "alerts/sender.hpp"
#include "base/clock.hpp"
#include "net/command.hpp"
#include "net/http_client.hpp"

namespace steward::alerts {

/// Delivers to the channels of the configuration: renders, has net/ perform it, judges the answer. It keeps
/// no queue: every attempt has the channel's timeout, and ends with an outcome. Control thread; nothing
/// blocks, but for reading a secret's file when the configuration is loaded, or again when it could not be
/// read then.
class ChannelSender final : public Sender {
 public:
  using RunCommand = std::function<void(net::Command, net::CommandDone)>;
  /// All are borrowed, and outlive the sender and what it has under way.
  struct Parts {
    net::Outbound& outbound;
    const Clock& clock;
    RunCommand run_command;
    net::Executor executor;
  };

  explicit ChannelSender(Parts parts) : parts_(std::move(parts)) {}

  /// Takes the channels and reads their secrets anew; what is under way ends with the old ones.
  void assign(const config::AlertTargets& targets);
  void send(const Notification& message, std::function<void(Outcome)> done) override;

  /// What is wrong with channels that cannot be used, by name; for `steward status`.
  const std::map<std::string, std::string>& troubles() const { return troubles_; }

 private:
  using Shared = std::shared_ptr<const Channel>;
  Result<Shared> channel(const std::string& name);

  Parts parts_;
  config::AlertTargets targets_;
  std::map<std::string, Shared> channels_;
  std::map<std::string, std::string> troubles_;
};

}  // namespace steward::alerts
