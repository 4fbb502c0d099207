#pragma once

#include <string>
#include <string_view>

#include "alerts/sender.hpp"
#include "base/secret.hpp"
#include "config/alert_channels.hpp"
#include "net/http_client.hpp"

namespace steward::alerts {

/// A channel as it is used: its settings and the secrets that they name. Made when the configuration is
/// loaded; immutable.
struct Channel {
  config::AlertChannel settings;
  Secret url, token, password, signing;

  /// The text with every secret of the channel, should a server have repeated one, made unreadable.
  std::string without_secrets(std::string text) const;
};

/// Reads the secrets. An error names the channel and the place of the secret that is not there or not right.
Result<Channel> open_channel(const config::AlertChannel& settings, const std::string& env_file);

/// A POST of JSON to the channel, with its headers, sign-in, certificates and timeout.
net::HttpRequest post_json(const Channel& channel, std::string_view url, std::string body);

/// What an answer means to every service: 2xx delivered; 408, 425, 429 and 5xx later, when Retry-After says;
/// everything else never, with `mend` as how to mend it where the status says that the address or the secret
/// is wrong (401, 403, 404, 410). No answer: later. At most an hour is waited on a server's word.
Outcome judge_http(const Result<net::HttpAnswer>& answer, WallNs now, std::string_view mend);

/// retry() with a wait from 0 to the most that is waited on a server's word.
Outcome retry_after(std::string reason, double seconds);

/// The beginning of a server's answer as one printable line.
std::string excerpt(std::string_view body);

}  // namespace steward::alerts
