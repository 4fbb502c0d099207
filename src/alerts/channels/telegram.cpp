#include "alerts/channels/telegram.hpp"

#include <algorithm>

#include "alerts/channels/fit.hpp"
#include "alerts/channels/json_answer.hpp"
#include "alerts/channels/message.hpp"
#include "base/json_writer.hpp"

namespace steward::alerts {

namespace {

/// Telegram counts UTF-16 units once its tags are taken away; we count the tags too.
constexpr std::size_t kMost = 4096;
constexpr std::size_t kMostOfTitle = 300;
constexpr std::size_t kMostOfAlarm = 1500;
constexpr std::size_t kMostOfFact = 400;

std::string block_of(const AlarmText& alarm) {
  Bounded text(kMostOfAlarm, html_escape);
  text.add(fmt::format("\n{} <b>", sign_of(alarm.severity, alarm.ended)), alarm.title, "</b>\n",
           kMostOfTitle);
  if (!alarm.summary.empty()) text.add("", alarm.summary, "\n", 600);
  for (const auto& [name, value] : alarm.facts) text.add("<i>" + name + ":</i> ", value, "\n", kMostOfFact);
  return text.take();
}

std::string text_of(const Notification& notification) {
  const Message message = message_of(notification);
  constexpr std::size_t kRoomForRest = 100;
  std::string end;
  if (!message.dashboard.empty() && units_of(message.dashboard) < kMostOfFact)
    end = "\n<a href=\"" + fit(message.dashboard, kNoLimit, html_escape) + "\">Dashboard</a>";
  Bounded text(kMost - kRoomForRest - units_of(end), html_escape);
  text.add(fmt::format("{} <b>", sign_of(message.worst, message.ended)), message.title, "</b>\n",
           kMostOfTitle);
  if (!message.lead.empty()) text.add("", message.lead, "\n", 500);
  std::size_t shown = 0;
  while (shown < message.alarms.size() && text.add_raw(block_of(message.alarms[shown]))) ++shown;
  const std::string rest = rest_text(notification, message.alarms.size() - shown);
  return text.take() + (rest.empty() ? "" : "\n" + rest) + end;
}

}  // namespace

net::HttpRequest render_telegram(const Channel& channel, const Notification& notification) {
  const auto is_number = [](std::string_view id) { return id[0] == '-' || (id[0] >= '0' && id[0] <= '9'); };
  JsonWriter json;
  json.object().key("chat_id");
  if (is_number(channel.settings.chat_id)) {
    json.raw(channel.settings.chat_id);
  } else {
    json.value(channel.settings.chat_id);
  }
  json.field("text", text_of(notification)).field("parse_mode", "HTML");
  json.object("link_preview_options").field("is_disabled", true).end();
  const bool quiet = std::ranges::all_of(notification.alarms,
                                         [](const Alarm& alarm) { return alarm.severity == Severity::info; });
  json.field("disable_notification", quiet && notification.kind != Notification::Kind::test).end();
  const std::string& server = channel.settings.url;
  std::string url = server.empty() ? "https://api.telegram.org" : server;
  while (url.ends_with('/')) url.pop_back();
  return post_json(channel, url + "/bot" + channel.token.reveal() + "/sendMessage", json.take());
}

Outcome judge_telegram(const Result<net::HttpAnswer>& answer, WallNs now) {
  Outcome outcome = judge_http(answer, now,
                               "look whether the token is the one that @BotFather gave, and whether the bot "
                               "is a member of the chat and "
                               "may write there, then `steward reload`");
  if (!answer) return outcome;
  const JsonAnswer said(answer->body);
  if (outcome.kind == Outcome::Kind::delivered && said.truth("ok") == true) return outcome;
  if (const auto seconds = said.number("parameters.retry_after"))
    return retry_after(outcome.kind == Outcome::Kind::retry ? outcome.reason : "it asks to wait", *seconds);
  if (const auto chat = said.number("parameters.migrate_to_chat_id"))
    return Outcome::refused(fmt::format("the group has become a supergroup; write chat_id = {:.0f}", *chat));
  if (outcome.kind != Outcome::Kind::delivered) return outcome;
  // An answer of 200 that says no.
  const std::string description = excerpt(said.text("description"));
  const double code = said.number("error_code").value_or(500);
  const std::string reason = fmt::format("it answered {} but not ok{}{}", answer->status,
                                         description.empty() ? "" : ": ", description);
  return code >= 400 && code < 500 && code != 429 ? Outcome::refused(reason) : Outcome::retry(reason);
}

}  // namespace steward::alerts
