// `[[alert.channel]]`: its keys, and what their values may be.
#include "config/alert_channels.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "config/alert_names.hpp"
#include "config/body_template.hpp"
#include "config/endpoint.hpp"
#include "config/table_reader.hpp"
#include "keeper/plan.hpp"
#include "net/http_client.hpp"

namespace steward::config {

namespace {

constexpr std::size_t kMostChannels = 100;
constexpr std::size_t kMostHeaders = 20;
constexpr std::size_t kMostRecipients = 50;

/// The reading of one channel's table.
class ChannelReader {
 public:
  ChannelReader(const Node::Table* members, int line, Reading& reading)
      : members_(members), reading_(reading), table_(members, "[[alert.channel]]", "alert.channel", reading) {
    out_.line = line;
  }

  AlertChannel read();

 private:
  void read_name();
  void read_type();
  void read_limits();
  void read_addresses();
  void read_headers();
  void read_mail();
  void read_rest();
  void read_secret(std::string_view what, SecretPlace& out);
  bool has(std::string_view key) const {
    return members_ != nullptr && std::ranges::find(*members_, key, &Member::key) != members_->end();
  }
  bool is(ChannelType type) const { return known_type_ && out_.type == type; }

  const Node::Table* members_;
  Reading& reading_;
  TableReader table_;
  AlertChannel out_;
  bool known_type_ = false;
};

AlertChannel ChannelReader::read() {
  read_name();
  read_type();
  read_limits();
  read_addresses();
  read_headers();
  read_mail();
  read_rest();
  if (members_ != nullptr && known_type_) check_channel_keys(*members_, out_.type, reading_);
  const std::size_t before = reading_.problems.size();
  table_.finish();
  if (members_ != nullptr && known_type_ && reading_.problems.size() == before)
    check_channel_needs(*members_, out_, reading_);
  return std::move(out_);
}

void ChannelReader::read_name() {
  const int line = table_.text("name", out_.name);
  if (line == 0 && !has("name")) {
    if (members_ != nullptr)
      reading_.problem(out_.line, "this channel has no name; add one, such as name = \"phone\"");
  } else if (line > 0 && !keeper::is_bot_name(out_.name)) {
    reading_.problem(
        line,
        "a channel's name is small letters, digits, - and _, at most 63, beginning with a letter "
        "or digit; found \"{}\"",
        out_.name);
  }
}

void ChannelReader::read_type() {
  std::string type;
  const int line = table_.text("type", type);
  const auto named = line > 0 ? channel_type_named(type) : std::nullopt;
  known_type_ = named.has_value();
  out_.type = named.value_or(out_.type);
  if (!known_type_ && members_ != nullptr && (line > 0 || !has("type")))
    reading_.problem(line > 0 ? line : out_.line, "type must be one of {}, found {}", channel_type_names(),
                     line > 0 ? "\"" + type + "\"" : "none");
}

void ChannelReader::read_limits() {
  read_severity(table_, "min_severity", out_.min_severity, reading_);
  table_.truth("send_resolved", out_.send_resolved);
  // Mail servers greet slowly those whom they do not know; programs do what they want.
  if (is(ChannelType::email) || is(ChannelType::command)) out_.timeout = 30 * kSecond;
  const int timeout = table_.duration("timeout", out_.timeout, 100 * kMillisecond);
  if (out_.timeout > 5 * 60 * kSecond) reading_.problem(timeout, "timeout must be at most \"5m\"");
  int line = 0;
  TableReader rate = table_.table("rate_limit", line);
  rate.integer("messages", out_.rate_messages, 1, 1'000'000);
  rate.duration("window", out_.rate_window, kSecond);
  rate.finish();
}

void ChannelReader::read_secret(std::string_view what, SecretPlace& out) {
  // The keys' names live as long as the table's list of them: literals only.
  struct Names {
    std::string_view what, file, variable;
  };
  static constexpr std::array<Names, 4> kNames{{{"url", "url_file", "url_env"},
                                                {"token", "token_file", "token_env"},
                                                {"password", "password_file", "password_env"},
                                                {"secret", "secret_file", "secret_env"}}};
  const auto& names = *std::ranges::find(kNames, what, &Names::what);
  const int file_line = table_.path(names.file, out.file);
  const int variable_line = table_.text(names.variable, out.variable);
  out.line = std::max(file_line, variable_line);
  if (file_line > 0 && variable_line > 0)
    reading_.problem(variable_line, "{} and {} both say where the {} is; leave one out", names.file,
                     names.variable, what);
  if (variable_line > 0 && out.variable.find('=') != std::string::npos)
    reading_.problem(variable_line, "{} is the name of an environment variable, not the {} itself",
                     names.variable, what);
}

void ChannelReader::read_addresses() {
  const int line = table_.text("url", out_.url);
  read_secret("url", out_.url_secret);
  read_secret("token", out_.token);
  read_secret("password", out_.password);
  read_secret("secret", out_.signing);
  table_.path("ca_file", out_.ca_file);
  if (line == 0) return;
  if (is(ChannelType::slack) || is(ChannelType::discord)) {
    // Not shown: it is the secret.
    reading_.problem(
        line,
        "the address of a {} webhook is a secret: whoever has it can write there. Put it into a "
        "file that only Steward's user can read and name that with url_file (or the variable that "
        "holds it with url_env); leave url out",
        channel_type_name(out_.type));
    out_.url.clear();
  } else if (const std::string fault = url_fault(out_.url); !fault.empty()) {
    const bool with_user = out_.url.find('@') != std::string::npos;
    reading_.problem(line, "{}",
                     with_user
                         ? "url must not hold a user or password; use username and password_file, or put "
                           "the whole address into a file and name that with url_file"
                         : "url: " + fault);
  } else if (is(ChannelType::webhook) && looks_secret(out_.url)) {
    reading_.problems.push_back({reading_.file, line,
                                 "the address looks as if it held a secret; put it into a file that only "
                                 "Steward's user can read and name that with url_file",
                                 true});
  }
}

void ChannelReader::read_headers() {
  const Member* member = table_.any("headers");
  if (member == nullptr) return;
  const auto* table = std::get_if<Node::Table>(&member->node.value);
  if (table == nullptr || table->size() > kMostHeaders)
    return reading_.problem(member->line,
                            "headers must be a table of at most {}, such as {{X-Team = \"trading\"}}",
                            kMostHeaders);
  for (const Member& header : *table) {
    const auto* text = std::get_if<std::string>(&header.node.value);
    if (text == nullptr || !net::is_header(header.key, *text)) {
      reading_.problem(header.line, "the header {} must be a text without control characters", header.key);
    } else if (is_secret_header(header.key)) {
      reading_.problem(
          header.line,
          "the header {} would hold a secret in this file; use token_file or token_env (Bearer), "
          "or username and password_file (Basic)",
          header.key);
    } else {
      out_.headers.emplace_back(header.key, *text);
    }
  }
}

void ChannelReader::read_mail() {
  if (const int line = table_.text("smtp", out_.smtp); line > 0) {
    const std::string fault = smtp_fault(out_.smtp);
    if (!fault.empty()) reading_.problem(line, "{}", fault);
  }
  std::string starttls;
  if (const int line = table_.text("starttls", starttls); line > 0) {
    using enum net::Mail::StartTls;
    if (starttls == "required") {
      out_.starttls = required;
    } else if (starttls == "optional") {
      out_.starttls = optional;
    } else if (starttls == "off") {
      out_.starttls = off;
    } else {
      reading_.problem(line, "starttls must be \"required\", \"optional\" or \"off\", found \"{}\"",
                       starttls);
    }
  }
  if (const int line = table_.text("from", out_.from); line > 0 && !net::is_mail_address(out_.from))
    reading_.problem(line, "from must be a bare address, such as \"steward@example.com\", found \"{}\"",
                     out_.from);
  if (const int line = table_.texts("to", out_.to); line > 0) {
    if (out_.to.empty() || out_.to.size() > kMostRecipients)
      reading_.problem(line, "to must name 1 to {} addresses", kMostRecipients);
    for (const std::string& address : out_.to) {
      if (!net::is_mail_address(address))
        reading_.problem(line, "to must hold bare addresses, such as \"you@example.com\", found \"{}\"",
                         address);
    }
  }
}

void ChannelReader::read_rest() {
  table_.text("username", out_.username);
  if (const int line = table_.lines("template", out_.body_template); line > 0) {
    if (const Status good = check_template(out_.body_template); !good)
      reading_.problem(line, "template: {}", good.error().message());
  }
  if (const Member* member = table_.any("chat_id")) {
    const auto* number = std::get_if<std::int64_t>(&member->node.value);
    const auto* text = std::get_if<std::string>(&member->node.value);
    if (number != nullptr) {
      out_.chat_id = std::to_string(*number);
    } else if (text != nullptr && is_chat_name(*text)) {
      out_.chat_id = *text;
    } else {
      reading_.problem(member->line,
                       "chat_id must be the chat's number, such as -1001234567890, or \"@name\" of a public "
                       "channel, found {}",
                       member->node.description());
    }
  }
  if (const int line = table_.texts("command", out_.command); line > 0) {
    if (out_.command.empty() || out_.command[0].empty() || out_.command.size() > 100)
      reading_.problem(line, "command must name a program, such as [\"/usr/local/bin/page-me\", \"--now\"]");
  }
}

}  // namespace

void read_channels(TableReader& alert, AlertTargets& out, Reading& reading) {
  for (const Node* item : alert.tables("channel", kMostChannels)) {
    AlertChannel channel = ChannelReader(&std::get<Node::Table>(item->value), item->line, reading).read();
    if (const AlertChannel* twin = channel.name.empty() ? nullptr : out.find(channel.name))
      reading.problem(channel.line,
                      "a second channel named \"{}\"; the first is on line {}; names must differ",
                      channel.name, twin->line);
    out.channels.push_back(std::move(channel));
  }
}

void know_channels(Reading& reading) {
  ChannelReader(nullptr, 0, reading).read();
}

std::vector<const SecretPlace*> secrets_of(const AlertChannel& channel) {
  std::vector<const SecretPlace*> places;
  for (const SecretPlace* place :
       {&channel.url_secret, &channel.token, &channel.password, &channel.signing}) {
    if (!place->none()) places.push_back(place);
  }
  return places;
}

const AlertChannel* AlertTargets::find(std::string_view name) const {
  const auto found = std::ranges::find(channels, name, &AlertChannel::name);
  return found == channels.end() ? nullptr : &*found;
}

}  // namespace steward::config
