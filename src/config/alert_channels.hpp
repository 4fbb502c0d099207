#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "config/hours.hpp"
#include "config/secrets.hpp"
#include "net/mailer.hpp"

namespace steward::config {

struct Reading;
class TableReader;

/// How bad an alarm is, as alerts::Severity has it, in the same order.
enum class AlertSeverity : std::uint8_t { info, warning, critical };
enum class ChannelType : std::uint8_t { slack, discord, email, telegram, webhook, alertmanager, command };

std::string_view channel_type_name(ChannelType type);

/// One `[[alert.channel]]`: a place that alarms are told to. A plain value; it holds no secret, only where
/// each is kept. What is not of its type is empty.
struct AlertChannel {
  std::string name;
  ChannelType type = ChannelType::webhook;
  AlertSeverity min_severity = AlertSeverity::info;
  bool send_resolved = true;
  std::int64_t rate_messages = 30, rate_window = 60 * kSecond;  ///< at most so many messages within it
  std::int64_t timeout = 10 * kSecond;                          ///< of one attempt

  std::string url;         ///< webhook, alertmanager: whole; telegram: of its server. Without credentials
  SecretPlace url_secret;  ///< slack, discord; webhook instead of `url`
  std::string ca_file;
  std::vector<std::pair<std::string, std::string>> headers;
  SecretPlace token;          ///< telegram: the bot's; webhook, alertmanager: bearer
  std::string body_template;  ///< webhook; empty: the documented body
  SecretPlace signing;        ///< webhook: the key of its signature

  std::string smtp, from;
  std::vector<std::string> to;
  net::Mail::StartTls starttls = net::Mail::StartTls::required;
  std::string username;  ///< email; webhook and alertmanager: basic authentication
  SecretPlace password;

  std::string chat_id;
  std::vector<std::string> command;

  int line = 0;
};

/// Hours in which messages wait until they end.
struct QuietHours {
  Hours hours;
  bool hold_critical = false;
};

/// One `[[alert.route]]`: which alarms it takes, and to whom. A plain value.
struct AlertRoute {
  std::vector<AlertSeverity> severities;                   ///< empty: all
  std::vector<std::pair<std::string, std::string>> match;  ///< label (or "rule") → text, '*' for anything
  std::vector<std::string> channels;                       ///< empty: to nobody
  std::vector<std::string> group_by{"rule"};               ///< labels (or "rule") that make one thread
  std::int64_t repeat = 4 * 3600 * kSecond;                ///< told again while it fires; 0: never
  std::optional<QuietHours> quiet;
  bool go_on = false;  ///< `continue`: the routes after it are looked at too
  int line = 0;
};

/// Everything that `[alert]` says of whom to tell.
struct AlertTargets {
  std::string env_file;  ///< where secrets that are environment variables are looked for first
  std::vector<AlertChannel> channels;
  std::vector<AlertRoute> routes;  ///< in the file's order; the first that matches counts

  const AlertChannel* find(std::string_view name) const;
};

/// Reads `env_file`, `channel` and `route` of `[alert]`.
void read_alert_channels(TableReader& alert, AlertTargets& out, Reading& reading);
/// Makes their keys known to known_keys().
void know_alert_channels(Reading& reading);

/// Every place of a secret that the channel has.
std::vector<const SecretPlace*> secrets_of(const AlertChannel& channel);

}  // namespace steward::config
