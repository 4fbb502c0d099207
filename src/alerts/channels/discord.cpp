#include "alerts/channels/discord.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "alerts/channels/fit.hpp"
#include "alerts/channels/json_answer.hpp"
#include "alerts/channels/message.hpp"
#include "base/json_writer.hpp"
#include "base/units.hpp"

namespace steward::alerts {

namespace {

// Embed limits: 10 a message, and 6,000 characters in all of them together.
constexpr std::size_t kMostEmbeds = 10;
constexpr std::size_t kMostOfAll = 6000;
constexpr std::size_t kMostOfContent = 2000;
constexpr std::size_t kMostOfTitle = 256;
constexpr std::size_t kMostOfDescription = 1500;  // of 4,096, so that one alarm does not take all
constexpr std::size_t kMostOfValue = 500;         // of 1,024
constexpr std::size_t kMostFields = 25;
constexpr std::size_t kRoomForRest = 100;

struct Embed {
  std::string title, description;
  std::vector<std::pair<std::string, std::string>> fields;
  std::size_t units = 0;
};

Embed embed_of(const AlarmText& alarm) {
  Embed embed{.title = fit(alarm.title, kMostOfTitle, discord_escape),
              .description = fit(alarm.summary, kMostOfDescription, discord_escape)};
  embed.units = units_of(embed.title) + units_of(embed.description);
  for (const auto& [name, value] : alarm.facts) {
    if (embed.fields.size() == kMostFields) break;
    const bool link = name == "runbook" && !alarm.link.empty() && units_of(alarm.link) <= kMostOfValue;
    embed.fields.emplace_back(fit(name, kMostOfTitle, discord_escape),
                              link ? alarm.link : fit(value, kMostOfValue, discord_escape));
    embed.units += units_of(embed.fields.back().first) + units_of(embed.fields.back().second);
  }
  return embed;
}

void write_embed(JsonWriter& json, const Embed& embed, const AlarmText& alarm, WallNs created) {
  json.object().field("title", embed.title).field("color", colour_of(alarm.severity, alarm.ended));
  if (!embed.description.empty()) json.field("description", embed.description);
  json.field("timestamp", format_utc(created)).array("fields");
  for (const auto& [name, value] : embed.fields)
    json.object().field("name", name).field("value", value).field("inline", units_of(value) <= 20).end();
  json.end().end();
}

}  // namespace

net::HttpRequest render_discord(const Channel& channel, const Notification& notification) {
  const Message message = message_of(notification);
  JsonWriter json;
  Bounded content(kMostOfContent, discord_escape);
  content.add(fmt::format("{} **", sign_of(message.worst, message.ended)), message.title, "**", 500);
  if (!message.lead.empty()) content.add("\n", message.lead, "", 500);
  if (!message.dashboard.empty()) content.add_raw("\n<" + message.dashboard + ">");
  json.object().field("username", "Steward").array("embeds");
  std::size_t shown = 0, left = kMostOfAll - kRoomForRest;
  for (; shown < message.alarms.size() && shown < kMostEmbeds - 1; ++shown) {
    const AlarmText& alarm = message.alarms[shown];
    const Embed embed = embed_of(alarm);
    if (embed.units > left) break;
    left -= embed.units;
    write_embed(json, embed, alarm, notification.created);
  }
  if (const std::string rest = rest_text(notification, message.alarms.size() - shown); !rest.empty())
    json.object().field("description", rest).end();
  json.end().field("content", content.text());
  // Whatever an alarm's text holds, it calls nobody.
  json.object("allowed_mentions").array("parse").end().end().end();
  return post_json(channel, channel.url.reveal(), json.take());
}

Outcome judge_discord(const Result<net::HttpAnswer>& answer, WallNs now) {
  Outcome outcome = judge_http(
      answer, now,
      "make a new webhook in Discord (the channel's settings, Integrations) and put its address where "
      "url_file or url_env says, then `steward reload`");
  if (answer && answer->status == 429) {
    // Finer than the header, and there also when that is not.
    if (const auto seconds = JsonAnswer(answer->body).number("retry_after"))
      return retry_after(outcome.reason, *seconds);
  }
  return outcome;
}

}  // namespace steward::alerts
