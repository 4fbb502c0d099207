#include "alerts/channels/channel.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cmath>

#include "alerts/channels/fit.hpp"
#include "config/endpoint.hpp"
#include "net/retry_after.hpp"

namespace steward::alerts {

namespace {

constexpr std::int64_t kLongestWait = 3600 * kSecond;

std::string base64(const std::string& bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

void replace_all(std::string& text, const std::string& what) {
  constexpr std::size_t kShortest = 4;  // less would make nonsense of any text
  if (what.size() < kShortest) return;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 3)) {
    text.replace(at, what.size(), "***");
  }
}

}  // namespace

std::string Channel::without_secrets(std::string text) const {
  for (const Secret* secret : {&url, &token, &password, &signing}) replace_all(text, secret->reveal());
  const std::string& address = url.reveal();
  const auto path = address.find('/', address.find("://") + 3);
  if (!address.empty() && path != std::string::npos) replace_all(text, address.substr(path));
  return text;
}

Result<Channel> open_channel(const config::AlertChannel& settings, const std::string& env_file) {
  Channel channel{.settings = settings};
  const auto take = [&](const config::SecretPlace& place, Secret& out) -> Status {
    if (place.none()) return {};
    auto secret = config::read_secret(place, env_file);
    if (!secret) return fail(secret.error(), "the channel \"{}\"", settings.name);
    out = std::move(*secret);
    return {};
  };
  for (auto [place, out] : {std::pair{&settings.url_secret, &channel.url},
                            {&settings.token, &channel.token},
                            {&settings.password, &channel.password},
                            {&settings.signing, &channel.signing}}) {
    if (Status taken = take(*place, *out); !taken) return std::unexpected(taken.error());
  }
  if (!channel.url.empty()) {
    const std::string fault = config::secret_url_fault(channel.url.reveal());
    if (!fault.empty()) return fail(Code::invalid, "the channel \"{}\" {}", settings.name, fault);
  }
  return channel;
}

net::HttpRequest post_json(const Channel& channel, std::string_view url, std::string body) {
  net::HttpRequest request{.method = "POST",
                           .url = Secret(std::string(url)),
                           .place = config::place_of(url),
                           .headers = channel.settings.headers,
                           .body = std::move(body),
                           .ca_file = channel.settings.ca_file,
                           .timeout_ns = channel.settings.timeout};
  request.headers.emplace_back("Content-Type", "application/json");
  if (channel.settings.type == config::ChannelType::telegram) return request;  // its token is in the address
  if (!channel.token.empty())
    request.headers.emplace_back("Authorization", "Bearer " + channel.token.reveal());
  if (!channel.settings.username.empty())
    request.headers.emplace_back(
        "Authorization", "Basic " + base64(channel.settings.username + ":" + channel.password.reveal()));
  return request;
}

Outcome retry_after(std::string reason, double seconds) {
  const double most = static_cast<double>(kLongestWait / kSecond);
  const double wait = std::isfinite(seconds) ? std::clamp(seconds, 0.0, most) : 0;
  return Outcome::retry(std::move(reason), static_cast<std::int64_t>(wait * static_cast<double>(kSecond)));
}

std::string excerpt(std::string_view body) {
  constexpr std::size_t kMost = 200;
  std::string text = fit(body.substr(0, 4 * kMost), kMost);
  std::ranges::replace_if(text, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return text;
}

Outcome judge_http(const Result<net::HttpAnswer>& answer, WallNs now, std::string_view mend) {
  if (!answer) {
    const bool never =
        answer.error().code() == Code::invalid && !answer.error().text().contains("larger than");
    return never ? Outcome::refused(answer.error().text()) : Outcome::retry(answer.error().text());
  }
  const int status = answer->status;
  if (status >= 200 && status < 300) return Outcome::delivered();
  const std::string body = excerpt(answer->body);
  const std::string said = fmt::format("it answered {}{}{}", status, body.empty() ? "" : ": ", body);
  if (status >= 300 && status < 400)
    return Outcome::refused(fmt::format(
        "it answered {}: it is elsewhere; write the address at which it really is (Steward follows none)",
        status));
  if (status == 408 || status == 425 || status == 429 || status >= 500 || status < 200) {
    const auto wait = net::retry_after_ns(answer->retry_after, now);
    return Outcome::retry(said, std::min(wait.value_or(0), kLongestWait));
  }
  const bool wrong_place = status == 401 || status == 403 || status == 404 || status == 410;
  return Outcome::refused(wrong_place ? fmt::format("{}; {}", said, mend) : said);
}

}  // namespace steward::alerts
