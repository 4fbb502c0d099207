#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "alerts/channels/channel.hpp"
#include "alerts/notification.hpp"
#include "base/random.hpp"
#include "base/utf8.hpp"

namespace steward::alerts {

inline constexpr WallNs kFired = 1'790'000'000 * kSecond;  // Mon, 21 Sep 2026 14:13:20 UTC

inline Alarm sample_alarm() {
  return {.fingerprint = 42,
          .rule = "daily-loss",
          .labels = {{"bot", "racing"}},
          .severity = Severity::critical,
          .state = AlarmState::firing,
          .summary = "The loss of today is 212.50 GBP, more than 200",
          .runbook = "docs/runbooks/daily-loss.md",
          .value = -212.5,
          .pending_since = kFired,
          .firing_since = kFired,
          .done = {"closed the gate of racing"}};
}

inline Notification sample(Notification::Kind kind = Notification::Kind::firing) {
  Notification notification{.key = "k-1",
                            .channel = "one",
                            .kind = kind,
                            .group = "daily-loss",
                            .alarms = {sample_alarm()},
                            .created = kFired + 90 * kSecond,
                            .host = "host-a",
                            .timezone = "Europe/London",
                            .dashboard = "http://127.0.0.1:8080/dashboard"};
  if (kind == Notification::Kind::resolved) {
    notification.alarms[0].state = AlarmState::resolved;
    notification.alarms[0].resolved_at = kFired + 80 * kSecond;
  }
  if (kind == Notification::Kind::test) notification.alarms.clear();
  return notification;
}

/// Makes texts and notifications from a seed: as hostile as they come.
class Hostile {
 public:
  explicit Hostile(std::uint64_t seed) : random_(seed) {}

  /// Markup, escapes, letters of one to four bytes, bytes that are no letter; from nothing to `most` pieces.
  std::string text(std::size_t most = 3000) {
    static const std::vector<std::string> kPieces{"a",  "<",  ">",     "&",          "\"",
                                                  "'",  "\\", "*",     "_",          "`",
                                                  "|",  "\n", "\r\n",  "\t",         std::string(1, '\0'),
                                                  "é",  "€",  "😀",    "\xff",       "\xe2\x82",
                                                  "=?", "?=", "</b>",  "@everyone",  "<!channel>",
                                                  "{{", " ",  ".\r\n", "long words "};
    constexpr std::array<std::size_t, 6> kSizes{0, 1, 5, 40, 400, 3000};
    std::string out;
    for (auto left = std::min(most, kSizes[random_.below(kSizes.size())]); left > 0; --left)
      out += kPieces[random_.below(kPieces.size())];
    return out;
  }

  Alarm alarm(std::size_t most) {
    Alarm alarm{.rule = text(most), .labels = {{text(40), text(most)}, {text(5), text(40)}}};
    alarm.severity = static_cast<Severity>(random_.below(3));
    alarm.state = random_.below(2) == 0 ? AlarmState::firing : AlarmState::resolved;
    alarm.summary = text(most);
    alarm.runbook = random_.below(2) == 0 ? text(most) : "https://r.example/x";
    alarm.firing_since = static_cast<WallNs>(random_.below(2 * kFired));
    alarm.resolved_at = static_cast<WallNs>(random_.below(2 * kFired));
    alarm.acknowledged_by = text(40), alarm.acknowledgement = text(most);
    alarm.done = {text(most), text(40)};
    return alarm;
  }

  Notification notification() {
    Notification notification{.key = text(400), .group = text(40), .created = kFired, .host = text(400)};
    notification.kind = static_cast<Notification::Kind>(random_.below(4));
    constexpr std::array<std::size_t, 5> kCounts{0, 1, 3, 12, 60};
    const std::size_t count = kCounts[random_.below(kCounts.size())];
    for (std::size_t i = 0; i < count; ++i)
      notification.alarms.push_back(alarm(count < 12 ? 3000 : random_.below(8) == 0 ? 400 : 5));
    notification.left_out = random_.below(2) == 0 ? 0 : 1'000'000;
    notification.dashboard = random_.below(2) == 0 ? text(40) : "http://127.0.0.1:8080/dashboard";
    notification.timezone = random_.below(2) == 0 ? "UTC" : "Europe/London";
    return notification;
  }

 private:
  SeededRandom random_;
};

inline rc::Gen<std::string> any_text() {
  return rc::gen::map(rc::gen::arbitrary<std::uint64_t>(),
                      [](std::uint64_t seed) { return Hostile(seed).text(); });
}

inline rc::Gen<Notification> any_notification() {
  return rc::gen::map(rc::gen::arbitrary<std::uint64_t>(),
                      [](std::uint64_t seed) { return Hostile(seed).notification(); });
}

inline Channel sample_channel(config::ChannelType type) {
  Channel channel;
  channel.settings.name = "one";
  channel.settings.type = type;
  channel.url = Secret("https://hooks.example.com/services/T0/B0/hunter2hunter2");
  channel.token = Secret("123456:secrettoken");
  channel.settings.chat_id = "-1001";
  channel.settings.from = "steward@example.com";
  channel.settings.to = {"you@example.com"};
  channel.settings.smtp = "smtp://mail.example.com:587";
  return channel;
}

inline Result<net::HttpAnswer> answered(int status, std::string body = {}, std::string retry_after = {}) {
  return net::HttpAnswer{status, "application/json", std::move(body), std::move(retry_after)};
}

}  // namespace steward::alerts
