#include "alerts/channels/email.hpp"

#include "alerts/channels/fit.hpp"
#include "alerts/channels/message.hpp"
#include "alerts/channels/mime.hpp"
#include "base/fnv.hpp"

namespace steward::alerts {

namespace {

constexpr std::size_t kMostOfSubject = 200;
constexpr std::size_t kMostOfText = 100'000;
constexpr std::size_t kMostOfHtml = 200'000;
constexpr std::size_t kMostOfFact = 2000;

/// "<what.hash.hash@domain>": two hashes, since one of 64 bits may meet its like.
std::string message_id(std::string_view what, std::string_view name, std::string_view from) {
  return fmt::format("<{}.{:016x}{:016x}@{}>", what, fnv1a64(name), fnv1a64(std::string(name) + "\n"),
                     from.substr(from.rfind('@') + 1));
}

std::string html_alarm(const AlarmText& alarm) {
  Bounded html(10'000, html_escape);
  html.add(fmt::format("<div style=\"border-left:4px solid #{:06x};padding:0 0 0 12px;margin:16px 0\"><b>",
                       colour_of(alarm.severity, alarm.ended)),
           alarm.title, "</b>", 500);
  html.add_raw("<table>");
  if (!alarm.summary.empty()) html.add("<tr><td colspan=\"2\">", alarm.summary, "</td></tr>", kMostOfFact);
  for (const auto& [name, value] : alarm.facts) {
    const std::string begin =
        "<tr><td style=\"color:#666;padding-right:12px;vertical-align:top\">" + name + "</td><td>";
    if (name == "runbook" && !alarm.link.empty()) {
      const std::string address = fit(alarm.link, kNoLimit, html_escape);
      html.add_raw(begin + "<a href=\"" + address + "\">" + address + "</a></td></tr>");
    } else {
      html.add(begin, value, "</td></tr>", kMostOfFact);
    }
  }
  return html.take() + "</table></div>\n";
}

std::string html_of(const Notification& notification, const Message& message) {
  constexpr std::size_t kRoomForEnd = 3000;
  Bounded html(kMostOfHtml - kRoomForEnd, html_escape);
  html.add_raw(
      "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>\n<body "
      "style=\"font-family:sans-serif\">\n");
  html.add(fmt::format("<h3>{} ", sign_of(message.worst, message.ended)), message.title, "</h3>\n", 500);
  if (!message.lead.empty()) html.add("<p>", message.lead, "</p>\n");
  std::size_t shown = 0;
  while (shown < message.alarms.size() && html.add_raw(html_alarm(message.alarms[shown]))) ++shown;
  std::string text = html.take();
  if (const std::string rest = rest_text(notification, message.alarms.size() - shown); !rest.empty())
    text += "<p>" + rest + "</p>\n";
  if (!message.dashboard.empty())
    text += "<p><a href=\"" + fit(message.dashboard, kNoLimit, html_escape) + "\">Dashboard</a></p>\n";
  return text + "</body></html>\n";
}

std::string recipients(const std::vector<std::string>& to) {
  std::string list;
  for (const std::string& address : to) list += (list.empty() ? "To: " : ",\r\n ") + address;
  return list + "\r\n";
}

std::string part(std::string_view type, std::string_view boundary, std::string_view text) {
  return fmt::format(
      "--{}\r\nContent-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}",
      boundary, type, quoted_printable(text));
}

std::string head(const Channel& channel, const Notification& notification, const Message& message,
                 std::string_view boundary) {
  const config::AlertChannel& settings = channel.settings;
  const std::string thread = message_id("group", notification.group, settings.from);
  std::string text = address_field("From", "Steward on " + fit(notification.host, 60), settings.from);
  text += recipients(settings.to);
  text += header_field("Subject", fit(message.title, kMostOfSubject));
  text += header_field("Date", mail_date(notification.created));
  text += "Message-ID: " + message_id("message", notification.key, settings.from) + "\r\n";
  if (!notification.group.empty()) text += "In-Reply-To: " + thread + "\r\nReferences: " + thread + "\r\n";
  text += "Auto-Submitted: auto-generated\r\n";  // RFC 3834: no answer by machines
  if (message.worst == Severity::critical && !message.ended) text += "Importance: high\r\nX-Priority: 1\r\n";
  text += "MIME-Version: 1.0\r\n";
  return text + fmt::format("Content-Type: multipart/alternative;\r\n boundary=\"{}\"\r\n\r\n", boundary);
}

}  // namespace

net::Mail render_email(const Channel& channel, const Notification& notification) {
  const Message message = message_of(notification);
  const config::AlertChannel& settings = channel.settings;
  // '=' and '_' together stand in no quoted-printable text.
  const std::string boundary = fmt::format("=_steward_{:016x}", fnv1a64(notification.key));
  net::Mail mail{.server = settings.smtp,
                 .starttls = settings.starttls,
                 .ca_file = settings.ca_file,
                 .username = settings.username,
                 .password = Secret(channel.password.reveal()),
                 .from = settings.from,
                 .to = settings.to,
                 .timeout_ns = settings.timeout};
  mail.message = head(channel, notification, message, boundary) +
                 part("text/plain", boundary, plain_text(notification, message, kMostOfText)) +
                 part("text/html", boundary, html_of(notification, message)) + "--" + boundary + "--\r\n";
  return mail;
}

Outcome judge_email(const Result<net::MailAnswer>& answer) {
  if (!answer) {
    const bool never = answer.error().code() == Code::invalid;
    return never ? Outcome::refused(answer.error().text()) : Outcome::retry(answer.error().text());
  }
  const std::string said = "it answered " + excerpt(answer->text);
  if (answer->code >= 200 && answer->code < 400) return Outcome::delivered();
  if (answer->code >= 500 && answer->code < 600) {
    const bool login =
        answer->code == 530 || answer->code == 534 || answer->code == 535 || answer->code == 538;
    return Outcome::refused(
        login ? said +
                    "; look at username and the password that password_file or password_env "
                    "names, then `steward reload`"
              : said);
  }
  return Outcome::retry(said);
}

}  // namespace steward::alerts
