#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "alerts/moment.hpp"
#include "alerts/notification.hpp"
#include "alerts/record.hpp"
#include "alerts/sender.hpp"
#include "base/random.hpp"
#include "store/alarm_rows.hpp"

namespace steward::alerts {

/// How many messages a channel takes. A plain value.
struct ChannelLimits {
  std::int64_t messages = 20, in = 60 * kSecond;  ///< rate
  std::size_t waiting = 50;                       ///< beyond that they are summed up in a digest

  bool operator==(const ChannelLimits&) const = default;
};

/// How it goes with one channel, for people and /metrics. Counts are of this process.
struct ChannelFacts {
  std::int64_t waiting = 0;
  std::int64_t delivered = 0, failed = 0, refused = 0, digested = 0;
  WallNs last_delivery = 0;  ///< 0: none yet
  WallNs failing_since = 0;  ///< 0: the last attempt was right
  std::string last_error;    ///< of the last attempt, empty when it was right
};

/// The messages that are to be delivered, at least once each, in order and one at a time for each channel: a
/// state machine without I/O. A message is sent when what it tells is on disk (release()), again after a
/// back-off with full jitter while the channel says "later", and given up when it says "never" or after
/// kGiveUpAfter. Control thread.
class Outbox {
 public:
  static constexpr std::int64_t kFirstRetry = 2 * kSecond, kLastRetry = 5 * 60 * kSecond;
  static constexpr std::int64_t kGiveUpAfter = 3 * 24 * 3600 * kSecond;
  static constexpr std::size_t kMostInDigest = 20;

  explicit Outbox(Random& random) : random_(random) {}

  /// What an earlier process left to deliver: may be sent at once. Before configure().
  void restore(const store::AlarmRows& rows);
  /// The channels there are. Messages of one that is gone are given up.
  void configure(const std::map<std::string, ChannelLimits>& channels, Moment now, Record& record);

  /// Takes a message; refuses one whose key waits already.
  void add(Notification message, Moment now, Record& record);
  /// All that was added so far may be sent once `number` has settled.
  void submitted(std::uint64_t number);
  /// What was submitted up to this number may be sent.
  void release(std::uint64_t number);

  /// The messages to send now, one a channel at most; each is under way until settle().
  std::vector<const Notification*> take_due(Moment now);
  void settle(const std::string& channel, const Outcome& outcome, Moment now, Record& record);
  /// When take_due() has something to give though nothing happens meanwhile; INT64_MAX: never.
  MonoNs next_due() const;

  /// Whether no attempt has been under way for longer than any sender's deadline.
  bool turns(MonoNs now) const;

  const std::map<std::string, ChannelFacts>& facts() const { return facts_; }

 private:
  struct Message {
    std::int64_t id = 0;
    Notification content;
    std::int64_t attempts = 0;
    std::uint64_t settles = 0;  ///< the number it waits for; 0: may go
    bool fresh = false;         ///< not submitted yet
  };
  struct Channel {
    ChannelLimits limits;
    std::deque<Message> messages;
    bool under_way = false;
    MonoNs begun = 0;  ///< what is under way
    MonoNs not_before = 0;
    double tokens = 0;
    MonoNs tokens_at = 0;
  };

  void push(Channel& channel, Notification content, Record& record);
  void absorb(Channel& channel, const Notification& content, Moment now, Record& record);
  void give_up(const Message& message, const std::string& reason, Moment now, Record& record);
  void pop(Channel& channel, Record& record);
  bool released(const Channel& channel) const;
  std::int64_t back_off(const Message& message, std::int64_t at_least);

  Random& random_;
  std::map<std::string, Channel> channels_;
  std::map<std::string, ChannelFacts> facts_;
  std::int64_t last_id_ = 0;
  std::uint64_t released_ = 0;
};

}  // namespace steward::alerts
