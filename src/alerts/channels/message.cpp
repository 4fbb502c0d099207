#include "alerts/channels/message.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "alerts/channels/fit.hpp"
#include "alerts/zone.hpp"
#include "base/units.hpp"

namespace steward::alerts {

namespace {

std::string_view shout(Severity severity) {
  constexpr std::array<std::string_view, 3> kWords{"INFO", "WARNING", "CRITICAL"};
  return kWords[static_cast<std::size_t>(severity)];
}

std::string name_with_labels(const Alarm& alarm) {
  std::string labels;
  for (const auto& [name, value] : alarm.labels) labels += (labels.empty() ? "" : ", ") + name + "=" + value;
  return labels.empty() ? alarm.rule : alarm.rule + " (" + labels + ")";
}

std::string number(double value) {
  return std::isnan(value) ? std::string() : fmt::format("{:.10g}", value);
}

std::string sentences(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& one : all) text += (text.empty() ? "" : "; ") + one;
  return text;
}

AlarmText text_of(const Alarm& alarm, const Notification& notification, const Zone& zone) {
  AlarmText text{.severity = alarm.severity, .ended = alarm.state == AlarmState::resolved};
  text.title = name_with_labels(alarm);
  text.summary = alarm.summary;
  const auto fact = [&](std::string_view name, std::string value) {
    if (!value.empty()) text.facts.emplace_back(name, std::move(value));
  };
  fact("severity", std::string(shout(alarm.severity)));
  const WallNs since = alarm.firing_since != 0 ? alarm.firing_since : alarm.pending_since;
  if (since != 0) fact("since", zone.text(since));
  if (text.ended) {
    if (alarm.resolved_at != 0) fact("ended", zone.text(alarm.resolved_at));
    if (since != 0 && alarm.resolved_at >= since) fact("lasted", format_duration(alarm.resolved_at - since));
  } else if (since != 0 && notification.created > since + kSecond) {
    fact("lasting", format_duration(notification.created - since));
  }
  fact("value", number(alarm.value));
  fact("Steward did", sentences(alarm.done));
  if (!alarm.acknowledged_by.empty())
    fact("acknowledged", alarm.acknowledgement.empty()
                             ? "by " + alarm.acknowledged_by
                             : "by " + alarm.acknowledged_by + ": " + alarm.acknowledgement);
  fact("runbook", alarm.runbook);
  if (is_link(alarm.runbook)) text.link = alarm.runbook;
  return text;
}

std::string about(const Notification& notification) {
  if (notification.alarms.empty()) return "alarms";
  const std::string first = name_with_labels(notification.alarms.front());
  const auto count = static_cast<std::int64_t>(notification.alarms.size()) + notification.left_out;
  return count == 1 ? first : fmt::format("{} alarms, first {}", count, first);
}

std::string title_of(const Notification& notification, Severity worst) {
  const std::string& host = notification.host;
  switch (notification.kind) {
    case Notification::Kind::test:
      return fmt::format("[TEST] {}: this channel works", host);
    case Notification::Kind::digest:
      return fmt::format("[{}] {}: messages that were held back", shout(worst), host);
    case Notification::Kind::resolved:
      return fmt::format("[RESOLVED] {}: {}", host, about(notification));
    case Notification::Kind::firing:
      break;
  }
  return fmt::format("[{}] {}: {}", shout(worst), host, about(notification));
}

std::string lead_of(const Notification& notification) {
  switch (notification.kind) {
    case Notification::Kind::test:
      return fmt::format("A test, sent by a person. Steward on {} tells its alarms here.", notification.host);
    case Notification::Kind::digest:
      return "There were more messages than this channel takes, or it did not take them. What they told:";
    default:
      return {};
  }
}

}  // namespace

Message message_of(const Notification& notification) {
  const Zone zone(notification.timezone);
  Message message{.ended = notification.kind == Notification::Kind::resolved};
  for (const Alarm& alarm : notification.alarms) {
    message.alarms.push_back(text_of(alarm, notification, zone));
    message.worst = std::max(message.worst, alarm.severity);
  }
  message.title = title_of(notification, message.worst);
  message.lead = lead_of(notification);
  message.rest = rest_text(notification, 0);
  if (is_link(notification.dashboard)) message.dashboard = notification.dashboard;
  return message;
}

std::string rest_text(const Notification& notification, std::size_t cut) {
  const std::int64_t left_out = std::max<std::int64_t>(notification.left_out, 0);
  if (notification.kind == Notification::Kind::digest && left_out > 0 && cut > 0)
    return fmt::format("… {} more, and {} more messages", cut, left_out);
  if (notification.kind == Notification::Kind::digest && left_out > 0)
    return fmt::format("… {} more messages", left_out);
  const std::int64_t count = left_out + static_cast<std::int64_t>(cut);
  return count == 0 ? std::string() : fmt::format("… {} more", count);
}

std::string plain_text(const Notification& notification, const Message& message, std::size_t most) {
  constexpr std::size_t kRoomForEnd = 300, kMostOfTitle = 500, kMostOfFact = 2000;
  Bounded all(most - std::min(most, kRoomForEnd), as_it_is);
  all.add("", message.title, "\n", kMostOfTitle);
  if (!message.lead.empty()) all.add("\n", message.lead, "\n");
  std::size_t shown = 0;
  for (const AlarmText& alarm : message.alarms) {
    Bounded one(all.left(), as_it_is);
    bool whole = one.add("\n", alarm.title, "\n", kMostOfTitle);
    if (!alarm.summary.empty()) whole = one.add("", alarm.summary, "\n", kMostOfFact) && whole;
    for (const auto& [name, value] : alarm.facts)
      whole = one.add("  " + fit(name, 40) + ": ", value, "\n", kMostOfFact) && whole;
    if (!whole && shown > 0) break;
    all.add_raw(one.text());
    ++shown;
  }
  std::string text = all.take();
  if (const std::string rest = rest_text(notification, message.alarms.size() - shown); !rest.empty())
    text += "\n" + rest + "\n";
  if (!message.dashboard.empty() && units_of(message.dashboard) < 200)
    text += "\nDashboard: " + message.dashboard + "\n";
  return text;
}

bool is_link(std::string_view text) {
  constexpr std::size_t kLongest = 2000;
  return (text.starts_with("https://") || text.starts_with("http://")) && text.size() <= kLongest &&
         std::ranges::all_of(text, [](char c) {
           return c > 0x20 && c < 0x7f && !std::string_view("<>\"|()[]\\`").contains(c);
         });
}

std::string_view sign_of(Severity severity, bool ended) {
  if (ended) return "✅";
  constexpr std::array<std::string_view, 3> kSigns{"🔵", "🟠", "🔴"};
  return kSigns[static_cast<std::size_t>(severity)];
}

unsigned colour_of(Severity severity, bool ended) {
  if (ended) return 0x2e7d32;
  constexpr std::array<unsigned, 3> kColours{0x1976d2, 0xf9a825, 0xd32f2f};
  return kColours[static_cast<std::size_t>(severity)];
}

}  // namespace steward::alerts
