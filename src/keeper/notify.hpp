#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace steward::keeper {

/// What one datagram of systemd's notify protocol (sd_notify(3)) says; keys that the keeper has no use for
/// are skipped.
struct NotifyMessage {
  bool ready = false;
  bool watchdog = false;
  bool stopping = false;
  std::optional<std::string> status;  ///< the bot's own words; at most kMostStatus bytes

  bool operator==(const NotifyMessage&) const = default;
};

inline constexpr std::size_t kMostNotify = 4096;
inline constexpr std::size_t kMostStatus = 1024;

/// Code::invalid when it is empty, longer than kMostNotify bytes or has a line without '='.
Result<NotifyMessage> parse_notify(std::string_view datagram);

}  // namespace steward::keeper
