#include "alerts/channels/webhook.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "alerts/alarm_json.hpp"
#include "alerts/channels/fit.hpp"
#include "alerts/channels/message.hpp"
#include "alerts/rule.hpp"
#include "base/json_writer.hpp"
#include "base/units.hpp"
#include "config/body_template.hpp"

namespace steward::alerts {

namespace {

constexpr std::size_t kMostOfText = 20'000;
constexpr std::size_t kLongestKey = 255;

std::string alarms_json(const Notification& notification) {
  JsonWriter json;
  json.array();
  for (const Alarm& alarm : notification.alarms) {
    json.object();
    write_fields(json, alarm);
    json.end();
  }
  return json.end().take();
}

/// Of a text, without the quotes.
std::string within_quotes(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out.substr(1, out.size() - 2);
}

std::string body_of(const Channel& channel, const Notification& notification) {
  const Message message = message_of(notification);
  const std::string text = plain_text(notification, message, kMostOfText);
  if (channel.settings.body_template.empty()) {
    JsonWriter json;
    json.object().field("version", 1).field("title", message.title).field("text", text);
    json.field("severity", name_of(message.worst)).raw_field("message", to_json(notification)).end();
    return json.take();
  }
  const auto filled = config::fill_template(channel.settings.body_template, [&](std::string_view name) {
    if (name == "alarms") return alarms_json(notification);
    if (name == "left_out") return std::to_string(notification.left_out);
    if (name == "created") return format_utc(notification.created);
    if (name == "dashboard") return within_quotes(notification.dashboard);
    if (name == "group") return within_quotes(notification.group);
    if (name == "host") return within_quotes(notification.host);
    if (name == "key") return within_quotes(notification.key);
    if (name == "kind") return std::string(name_of(notification.kind));
    if (name == "severity") return std::string(name_of(message.worst));
    return within_quotes(name == "title" ? message.title : text);
  });
  return filled.value_or("{}");  // it was checked when it was loaded
}

/// The key as a header can carry it.
std::string header_text(std::string_view text) {
  std::string out(text.substr(0, kLongestKey));
  std::ranges::replace_if(out, [](char c) { return c < 0x21 || c > 0x7e; }, '_');
  return out;
}

}  // namespace

std::string signature(std::string_view key, WallNs now, std::string_view body) {
  const std::string signed_text = fmt::format("{}.{}", now / kSecond, body);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(), digest, &size);
  std::string out = fmt::format("t={},v1=", now / kSecond);
  for (unsigned i = 0; i < size; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

net::HttpRequest render_webhook(const Channel& channel, const Notification& notification, WallNs now) {
  const std::string& url = channel.url.empty() ? channel.settings.url : channel.url.reveal();
  net::HttpRequest request = post_json(channel, url, body_of(channel, notification));
  request.headers.emplace_back("Idempotency-Key", header_text(notification.key));
  if (!channel.signing.empty())
    request.headers.emplace_back("X-Steward-Signature",
                                 signature(channel.signing.reveal(), now, request.body));
  return request;
}

Outcome judge_webhook(const Result<net::HttpAnswer>& answer, WallNs now) {
  return judge_http(
      answer, now,
      "look whether the address and what the channel signs in with are right, then `steward reload`");
}

}  // namespace steward::alerts
