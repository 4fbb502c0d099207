#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/alarm_actions.hpp"
#include "agent/deadman.hpp"
#include "alerts/channel_sender.hpp"
#include "alerts/life_cycle.hpp"
#include "alerts/outbox.hpp"
#include "alerts/rule_set.hpp"
#include "base/random.hpp"
#include "config/settings.hpp"
#include "metrics/series_source.hpp"
#include "metrics/sources.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"
#include "store/alarm_store.hpp"

namespace steward::agent {

/// Drives alarms: asks the rules once a second, has the life cycle and the outbox decide, commits what they
/// decided, sends what was committed and does what rules say. Waits for nothing: the store has a thread,
/// actions have one, requests are libcurl's. Control thread.
class Alarms final : private alerts::RuleBook {
 public:
  /// Bots that trade a strategy, as far as is known.
  using BotsOf = std::function<std::vector<std::string>(const std::string& strategy)>;
  struct Parts {
    std::string state;  ///< the state folder
    const Clock& clock;
    net::EventLoop& loop;
    net::Outbound& outbound;
    BotsOf bots_of;
  };
  /// Reads steward.db, waiting for the disk.
  Alarms(Parts parts, const config::Settings& settings);
  /// Commits what waits.
  ~Alarms() override;

  /// Another configuration is in force.
  void assign(const config::Settings& settings, const std::string& dashboard_url);
  /// Once a second, when the numbers are complete.
  void turn(const metrics::SeriesSource& series);

  /// What a person asks for, at once and on record.
  Status acknowledge(std::uint64_t fingerprint, const std::string& by, const std::string& comment);
  Result<std::int64_t> silence(const std::string& matchers, WallNs ends, const std::string& by,
                               const std::string& comment);
  Status end_silence(std::int64_t number, const std::string& by);
  /// A message to see whether a channel works; to all when empty. The names of the channels it goes to.
  Result<std::vector<std::string>> send_test(const std::string& channel, const std::string& by);

  store::AlarmStore& store() { return *store_; }
  const alerts::LifeCycle& life() const { return life_; }
  const alerts::Record& record() const { return record_; }
  const alerts::Outbox& outbox() const { return outbox_; }
  metrics::AlertFacts facts() const;
  /// What alarms cannot do at present, by what it is about; empty text: they can.
  std::vector<std::pair<std::string, std::string>> troubles() const;

 private:
  const alerts::Rule& rule(std::uint32_t place) const override { return rules_.rule(place); }
  const alerts::Rule* find(std::string_view name) const override { return rules_.find(name); }
  std::string summary(const alerts::Condition& condition) const override { return rules_.summary(condition); }

  alerts::Moment now() const { return alerts::Moment::of(parts_.clock); }
  /// What was decided goes to the outbox, the store and the hands.
  void go_on();
  void begin_tasks();
  void submit();
  void settled(std::uint64_t number, bool durable);
  void release_late();
  void send();

  Parts parts_;
  SystemRandom random_;
  alerts::RuleSet rules_;
  alerts::Record record_;
  alerts::LifeCycle life_{record_};
  alerts::Outbox outbox_{random_};
  alerts::ChannelSender sender_;
  AlarmActions actions_;
  Deadman deadman_;
  std::vector<std::string> channels_;
  std::string host_, faults_;
  std::map<std::uint64_t, std::vector<alerts::Task>> tasks_;  ///< that wait for their number to settle
  std::deque<std::pair<std::uint64_t, MonoNs>> unsettled_;    ///< numbers and when they were submitted
  std::unique_ptr<store::AlarmStore> store_;                  ///< goes first: its thread calls us
};

}  // namespace steward::agent
