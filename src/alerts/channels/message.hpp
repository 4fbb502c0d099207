#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alerts/notification.hpp"

namespace steward::alerts {

/// One alarm in words, not yet escaped or cut for any service.
struct AlarmText {
  Severity severity = Severity::warning;
  bool ended = false;
  std::string title;    ///< "daily-loss (bot=racing)"
  std::string summary;  ///< may be empty
  std::vector<std::pair<std::string, std::string>>
      facts;         ///< "since" → "Wed 25 Nov 2026 …", in reading order
  std::string link;  ///< the runbook's, when it is an address
};

/// A notification in words: what, how bad, since when, the numbers, what Steward did, where to look.
struct Message {
  Severity worst = Severity::info;
  bool ended = false;  ///< it tells of ends only
  std::string title;   ///< "[CRITICAL] host-a: daily-loss (bot=racing)"
  std::string lead;    ///< a sentence before the alarms, of digests and tests; may be empty
  std::vector<AlarmText> alarms;
  std::string rest;       ///< "… 37 more", for `cut` alarms and those the notification left out
  std::string dashboard;  ///< an http(s) address, or empty
};

Message message_of(const Notification& notification);

/// "… 37 more": for the alarms that a message has no room for besides those that it never had. Empty for
/// none. Of a digest they are messages.
std::string rest_text(const Notification& notification, std::size_t cut);

/// The whole as plain text, for mail and templates; at most about `most` units, cut between alarms.
std::string plain_text(const Notification& notification, const Message& message, std::size_t most);

/// Whether it is an address that can be made a link of.
bool is_link(std::string_view text);

/// A sign that is seen at a glance: 🔴 🟠 🔵, or ✅ for an end.
std::string_view sign_of(Severity severity, bool ended);
/// "#d32f2f" and its kind, as a number.
unsigned colour_of(Severity severity, bool ended);

}  // namespace steward::alerts
