// Which keys each type of `[[alert.channel]]` has, and what it cannot do without.
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <ranges>

#include "config/alert_names.hpp"
#include "config/endpoint.hpp"

namespace steward::config {

namespace {

/// What each type has besides the keys of all.
struct TypeKeys {
  std::string_view name;
  std::vector<std::string_view> keys;
};

const std::array<TypeKeys, 7>& types() {
  static const std::array<TypeKeys, 7> kTypes{{
      {"slack", {"url_file", "url_env", "ca_file"}},
      {"discord", {"url_file", "url_env", "ca_file"}},
      {"email", {"smtp", "starttls", "username", "password_file", "password_env", "from", "to", "ca_file"}},
      {"telegram", {"token_file", "token_env", "chat_id", "url", "ca_file"}},
      {"webhook",
       {"url", "url_file", "url_env", "headers", "token_file", "token_env", "username", "password_file",
        "password_env", "template", "secret_file", "secret_env", "ca_file"}},
      {"alertmanager",
       {"url", "headers", "token_file", "token_env", "username", "password_file", "password_env", "ca_file"}},
      {"command", {"command"}},
  }};
  return kTypes;
}

bool has(const Node::Table& members, std::string_view key) {
  return std::ranges::find(members, key, &Member::key) != members.end();
}

/// What a channel needs, once each of its values is right. A value that was there and wrong is not missing.
class Needs {
 public:
  Needs(const Node::Table& members, const AlertChannel& channel, Reading& reading)
      : members_(members), channel_(channel), reading_(reading) {}

  void check();

 private:
  void mail();
  bool is(ChannelType type) const { return channel_.type == type; }
  bool is_http_of_yours() const { return is(ChannelType::webhook) || is(ChannelType::alertmanager); }
  void need(bool there, std::string_view otherwise) {
    if (!there) reading_.problem(channel_.line, "the channel \"{}\" {}", channel_.name, otherwise);
  }

  const Node::Table& members_;
  const AlertChannel& channel_;
  Reading& reading_;
};

void Needs::check() {
  const bool url = !channel_.url.empty() || !channel_.url_secret.none();
  if (is(ChannelType::slack) || is(ChannelType::discord))
    need(!channel_.url_secret.none() || has(members_, "url"),
         "needs url_file or url_env: where its webhook's address is kept");
  if (is(ChannelType::webhook)) need(url, "needs an address: url, url_file or url_env");
  if (is(ChannelType::alertmanager)) need(url, "needs url, such as \"http://127.0.0.1:9093\"");
  if (is(ChannelType::telegram)) {
    need(!channel_.token.none(), "needs token_file or token_env: where the bot's token is kept");
    need(!channel_.chat_id.empty() || has(members_, "chat_id"),
         "needs chat_id: which chat the bot writes to");
  }
  if (is(ChannelType::command))
    need(!channel_.command.empty() || has(members_, "command"), "needs command: what to run");
  if (is(ChannelType::email)) mail();
  if (is_http_of_yours() || is(ChannelType::email))
    need(channel_.username.empty() == channel_.password.none(),
         "needs both or neither of username and password_file");
  if (is_http_of_yours())
    need(channel_.username.empty() || channel_.token.none(), "has a token and a username; leave one out");
  if (!channel_.url.empty() && !secrets_of(channel_).empty())
    need(secret_url_fault(channel_.url).empty(), secret_url_fault(channel_.url));
  if (!channel_.url.empty() && !channel_.url_secret.none())
    need(false, "has url and url_file; leave one out");
}

void Needs::mail() {
  need(!channel_.smtp.empty() || has(members_, "smtp"),
       "needs smtp, such as \"smtp://mail.example.com:587\"");
  need(!channel_.from.empty() || has(members_, "from"), "needs from: the address it writes from");
  need(!channel_.to.empty() || has(members_, "to"), "needs to: whom it writes to");
  const bool sure_tls =
      channel_.smtp.starts_with("smtps://") || channel_.starttls == net::Mail::StartTls::required;
  need(channel_.username.empty() || sure_tls || is_loopback(host_of(channel_.smtp)),
       "would send its password in the clear; leave starttls at \"required\", or write smtps://");
}

}  // namespace

/// A key that another type has is told as such: it was asked for above, so finish() would let it pass.
void check_channel_keys(const Node::Table& members, ChannelType of, Reading& reading) {
  const TypeKeys& type = types().at(static_cast<std::size_t>(of));
  for (const TypeKeys& other : types()) {
    for (const std::string_view key : other.keys) {
      if (!has(members, key) || std::ranges::find(type.keys, key) != type.keys.end()) continue;
      if ((of == ChannelType::slack || of == ChannelType::discord) && key == "url") continue;  // told already
      const Member& member = *std::ranges::find(members, key, &Member::key);
      const std::string text = fmt::format("a channel of type \"{}\" has no key \"{}\"; it knows {}",
                                           type.name, key, fmt::join(type.keys, ", "));
      if (std::ranges::none_of(reading.problems,
                               [&](const Problem& p) { return p.line == member.line && p.text == text; }))
        reading.problem(member.line, "{}", text);
    }
  }
}

void check_channel_needs(const Node::Table& members, const AlertChannel& channel, Reading& reading) {
  Needs(members, channel, reading).check();
}

std::string_view channel_type_name(ChannelType type) {
  return types().at(static_cast<std::size_t>(type)).name;
}

std::optional<ChannelType> channel_type_named(std::string_view name) {
  const auto found = std::ranges::find(types(), name, &TypeKeys::name);
  if (found == types().end()) return std::nullopt;
  return static_cast<ChannelType>(std::distance(types().begin(), found));
}

std::string channel_type_names() {
  return fmt::format("{}", fmt::join(types() | std::views::transform(&TypeKeys::name), ", "));
}

}  // namespace steward::config
