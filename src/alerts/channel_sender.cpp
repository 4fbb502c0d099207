#include "alerts/channel_sender.hpp"

#include "alerts/channels/alertmanager.hpp"
#include "alerts/channels/command.hpp"
#include "alerts/channels/discord.hpp"
#include "alerts/channels/email.hpp"
#include "alerts/channels/slack.hpp"
#include "alerts/channels/telegram.hpp"
#include "alerts/channels/webhook.hpp"
#include "base/log.hpp"

namespace steward::alerts {

namespace {

using Judge = Outcome (*)(const Result<net::HttpAnswer>&, WallNs now);

/// The request of a channel that is reached by HTTP, and who reads the answer.
std::pair<net::HttpRequest, Judge> render_http(const Channel& channel, const Notification& message,
                                               WallNs now) {
  using enum config::ChannelType;
  switch (channel.settings.type) {
    case slack:
      return {render_slack(channel, message), judge_slack};
    case discord:
      return {render_discord(channel, message), judge_discord};
    case telegram:
      return {render_telegram(channel, message), judge_telegram};
    case alertmanager:
      return {render_alertmanager(channel, message), judge_alertmanager};
    default:
      return {render_webhook(channel, message, now), judge_webhook};
  }
}

Outcome checked(const Channel& channel, Outcome outcome) {
  outcome.reason = channel.without_secrets(std::move(outcome.reason));
  return outcome;
}

}  // namespace

void ChannelSender::assign(const config::AlertTargets& targets) {
  targets_ = targets;
  channels_.clear();
  troubles_.clear();
  for (const config::AlertChannel& settings : targets_.channels) {
    if (const auto opened = channel(settings.name); !opened) log::warning("{}", opened.error().text());
  }
}

Result<ChannelSender::Shared> ChannelSender::channel(const std::string& name) {
  if (const auto known = channels_.find(name); known != channels_.end()) return known->second;
  const config::AlertChannel* settings = targets_.find(name);
  if (settings == nullptr)
    return fail(Code::not_found, "there is no channel \"{}\" in the configuration", name);
  auto opened = open_channel(*settings, targets_.env_file);
  if (!opened) {
    troubles_[name] = opened.error().text();
    return std::unexpected(opened.error());
  }
  troubles_.erase(name);
  return channels_[name] = std::make_shared<const Channel>(std::move(*opened));
}

void ChannelSender::send(const Notification& message, std::function<void(Outcome)> done) {
  const auto found = channel(message.channel);
  if (!found) {
    // A secret may be put there any moment; a channel that is gone does not come back.
    const bool gone = targets_.find(message.channel) == nullptr;
    const std::string reason = found.error().text();
    parts_.executor([done = std::move(done),
                     outcome = gone ? Outcome::refused(reason) : Outcome::retry(reason)] { done(outcome); });
    return;
  }
  const Shared& channel = *found;
  if (message.kind == Notification::Kind::resolved && !channel->settings.send_resolved) {
    parts_.executor([done = std::move(done)] { done(Outcome::delivered()); });  // it wants none of these
    return;
  }
  if (channel->settings.type == config::ChannelType::email) {
    parts_.outbound.deliver(render_email(*channel, message),
                            [channel, done = std::move(done)](const Result<net::MailAnswer>& answer) {
                              if (answer) {
                                for (const std::string& refused : answer->refused)
                                  log::warning("the channel \"{}\": a recipient was refused: {}",
                                               channel->settings.name, channel->without_secrets(refused));
                              }
                              done(checked(*channel, judge_email(answer)));
                            });
  } else if (channel->settings.type == config::ChannelType::command) {
    parts_.run_command(render_command(*channel, message),
                       [channel, done = std::move(done)](const Result<net::CommandEnd>& end) {
                         done(checked(*channel, judge_command(end)));
                       });
  } else {
    auto [request, how] = render_http(*channel, message, parts_.clock.wall());
    parts_.outbound.send(std::move(request), [channel, judge = how, done = std::move(done),
                                              &clock = parts_.clock](const Result<net::HttpAnswer>& answer) {
      done(checked(*channel, judge(answer, clock.wall())));
    });
  }
}

}  // namespace steward::alerts
