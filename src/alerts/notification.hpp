#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "alerts/alarm.hpp"

namespace steward::alerts {

/// One message to one channel, as the outbox keeps it: a plain value that a channel turns into a request.
struct Notification {
  enum class Kind : std::uint8_t {
    firing,    ///< alarms that began, or are told again
    resolved,  ///< alarms that ended
    digest,    ///< what an overflowing outbox or rate limit kept back, summed up
    test,      ///< a person asked whether the channel works
  };
  std::string key;      ///< the same for every attempt: a receiver may drop what it has seen
  std::string channel;  ///< by the name in the configuration
  Kind kind = Kind::firing;
  std::string group;          ///< the same for all messages about one group of alarms, for threads
  std::vector<Alarm> alarms;  ///< the worst first
  std::int64_t left_out = 0;  ///< alarms (or, of a digest, messages) beyond those
  WallNs created = 0;
  std::string host;       ///< who speaks
  std::string timezone;   ///< for people's times
  std::string dashboard;  ///< an address to look at; may be empty
};

}  // namespace steward::alerts
