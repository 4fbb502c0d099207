#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "alerts/delivery.hpp"
#include "alerts/moment.hpp"
#include "alerts/notification.hpp"
#include "alerts/record.hpp"

namespace steward::alerts {

/// Who speaks, in every message.
struct Speaker {
  std::string host, timezone, dashboard;
};

/// Which channel has been told what of which alarm, and what is to be told next: groups, repeats, no alarm's
/// end unless its beginning was told or is told with it. A state machine without I/O. Control thread.
class Telling {
 public:
  static constexpr std::size_t kMostInMessage = 50;
  /// Ends that wait for a channel's quiet hours to be over; beyond that the oldest are not told.
  static constexpr std::size_t kMostEnded = 1000;

  /// Finds a firing alarm; `hold` true: it is not to be told yet.
  struct Firing {
    const Alarm* alarm = nullptr;
    bool hold = false;
  };
  using Find = std::function<Firing(std::uint64_t fingerprint)>;

  void configure(Routing routing, Speaker speaker);
  void restore(const store::AlarmRows& rows, Moment now);

  /// The hour has changed, or the routing.
  void look_at_hours(WallNs now);

  /// An alarm fires and is to be told so; `muted`: not now (acknowledged, silenced, inhibited).
  void route(const Alarm& alarm, bool muted, WallNs now, Record& record);
  /// An alarm that fired has ended.
  void end(const Alarm& alarm, Record& record);

  /// What is to be told now.
  std::vector<Notification> messages(const Find& find, Moment now, Record& record);

 private:
  struct Member {
    bool told = false, muted = true;
    bool quiet = false;  ///< the channel does not want it at this hour
    std::string ended;   ///< the alarm as it ended, as JSON; empty: it fires
  };
  struct Group {
    std::string channel, name;
    std::int64_t repeat = 0, interval = 0;
    WallNs told_at = 0;  ///< 0: never
    MonoNs told_mono = 0;
    std::map<std::uint64_t, Member> members;
    bool look = true;  ///< something may be to be told
  };

  std::vector<Delivery> deliveries(const Alarm& alarm, WallNs now) const;
  Group& group_of(const Delivery& delivery, const Alarm& alarm, std::int64_t& id, Record& record);
  void tell_of(std::int64_t id, Group& group, const Find& find, Moment now, Record& record,
               std::vector<Notification>& out);
  Notification message(const Group& group, Notification::Kind kind, std::vector<Alarm> alarms,
                       Moment now) const;
  void put(std::int64_t group_id, std::uint64_t fingerprint, const Member& member, Record& record) const;
  void erase(std::int64_t group_id, Group& group, std::uint64_t fingerprint, Record& record);

  Routing routing_;
  Speaker speaker_;
  std::map<std::int64_t, Group> groups_;
  std::map<std::uint64_t, std::set<std::int64_t>> groups_of_;  ///< of an alarm
};

}  // namespace steward::alerts
