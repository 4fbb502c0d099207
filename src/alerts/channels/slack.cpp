#include "alerts/channels/slack.hpp"

#include "alerts/channels/fit.hpp"
#include "alerts/channels/message.hpp"
#include "base/json_writer.hpp"

namespace steward::alerts {

namespace {

// Slack documents 50 blocks a message, 150 characters in a header and 3,000 in a text. All blocks together
// are refused ("msg_blocks_too_long") somewhat above 13,000, which is not documented (slackapi/bolt-js
// #2509).
constexpr std::size_t kMostBlocks = 50;
constexpr std::size_t kMostOfHeader = 150;
constexpr std::size_t kMostOfSection = 3000;
constexpr std::size_t kMostOfAll = 10'000;
constexpr std::size_t kMostOfFact = 600;

std::string section_of(const AlarmText& alarm, std::size_t most) {
  Bounded text(most, slack_escape);
  text.add(fmt::format("{} *", sign_of(alarm.severity, alarm.ended)), alarm.title, "*\n", 300);
  if (!alarm.summary.empty()) text.add("", alarm.summary, "\n", 1000);
  for (const auto& [name, value] : alarm.facts) {
    if (name == "runbook" && !alarm.link.empty() && text.add_raw("• <" + alarm.link + "|runbook>\n"))
      continue;
    text.add("• " + name + ": ", value, "\n", kMostOfFact);
  }
  return text.take();
}

void write_section(JsonWriter& json, std::string_view text) {
  json.object().field("type", "section").object("text");
  json.field("type", "mrkdwn").field("text", text).field("verbatim", true).end().end();
}

}  // namespace

net::HttpRequest render_slack(const Channel& channel, const Notification& notification) {
  const Message message = message_of(notification);
  JsonWriter json;
  const std::string title = fmt::format("{} {}", sign_of(message.worst, message.ended), message.title);
  // Phones show this text alone.
  const std::string first = message.alarms.empty() ? message.lead : message.alarms.front().summary;
  json.object().field("text", fit(title + "\n" + first, kMostOfSection, slack_escape)).array("blocks");
  json.object().field("type", "header").object("text").field("type", "plain_text");
  json.field("text", fit(title, kMostOfHeader)).field("emoji", false).end().end();
  if (!message.lead.empty()) write_section(json, fit(message.lead, kMostOfSection, slack_escape));
  constexpr std::size_t kOtherBlocks = 4;  // header, lead, rest, dashboard
  std::size_t shown = 0, left = kMostOfAll;
  for (; shown < message.alarms.size() && shown < kMostBlocks - kOtherBlocks; ++shown) {
    const std::string section = section_of(message.alarms[shown], kMostOfSection);
    const std::size_t size = units_of(section);
    if (size > left) break;
    left -= size;
    write_section(json, section);
  }
  if (const std::string rest = rest_text(notification, message.alarms.size() - shown); !rest.empty())
    write_section(json, rest);
  if (!message.dashboard.empty()) write_section(json, "<" + message.dashboard + "|Dashboard>");
  json.end().end();
  return post_json(channel, channel.url.reveal(), json.take());
}

Outcome judge_slack(const Result<net::HttpAnswer>& answer, WallNs now) {
  const Outcome outcome = judge_http(answer, now,
                                     "make a new incoming webhook in Slack (the app's \"Incoming Webhooks\") "
                                     "and put its address where url_file "
                                     "or url_env says, then `steward reload`");
  if (outcome.kind != Outcome::Kind::delivered) return outcome;
  // Workflow triggers answer with JSON.
  if (answer->body == "ok" || answer->body.starts_with("{\"ok\":true")) return outcome;
  return Outcome::retry(
      fmt::format("it answered {} but not \"ok\": {}", answer->status, excerpt(answer->body)));
}

}  // namespace steward::alerts
