#include "alerts/outbox.hpp"

#include <algorithm>

#include "alerts/alarm_json.hpp"
#include "alerts/alarm_order.hpp"
#include "base/fnv.hpp"
#include "base/log.hpp"
#include "base/table.hpp"
#include "base/units.hpp"

namespace steward::alerts {

namespace {

constexpr std::int64_t kShortestRetry = 200 * kMillisecond, kLongestWish = 3600 * kSecond;
/// Above every channel's timeout.
constexpr std::int64_t kLongestAttempt = 600 * kSecond;
/// Two fit in any case: one that is under way and a digest of the rest.
constexpr std::size_t kLeastWaiting = 2;

/// One token each `in / messages`, at most `messages` of them.
double refilled(double tokens, const ChannelLimits& limits, std::int64_t elapsed) {
  const double most = static_cast<double>(limits.messages);
  return std::min(most, tokens + most * static_cast<double>(elapsed) / static_cast<double>(limits.in));
}

void put(std::int64_t id, const Notification& content, std::int64_t attempts, Record& record) {
  record.changes().outbox.put(id,
                              {content.key, content.channel, content.created, attempts, to_json(content)});
}

/// Newer words about the same alarm take the place of older ones.
void sum_up(Notification& digest, const Notification& message, std::size_t most) {
  for (const Alarm& alarm : message.alarms) {
    std::erase_if(digest.alarms, [&](const Alarm& other) { return other.fingerprint == alarm.fingerprint; });
    digest.alarms.push_back(alarm);
  }
  std::ranges::sort(digest.alarms, worse);
  if (digest.alarms.size() > most) digest.alarms.erase(digest.alarms.begin() + most, digest.alarms.end());
  ++digest.left_out;
}

}  // namespace

void Outbox::restore(const store::AlarmRows& rows) {
  for (const auto& [id, row] : rows.outbox.rows()) {
    last_id_ = std::max(last_id_, id);
    if (!row) continue;
    auto content = notification_from_json(row->body);
    if (!content) {
      log::error("message {} to {} is lost: {}", row->key, row->channel, content.error().text());
      continue;
    }
    channels_[row->channel].messages.push_back(
        {.id = id, .content = std::move(*content), .attempts = row->attempts});
  }
}

void Outbox::configure(const std::map<std::string, ChannelLimits>& wanted, Moment now, Record& record) {
  for (auto at = channels_.begin(); at != channels_.end();) {
    auto& [name, channel] = *at;
    if (wanted.contains(name)) {
      ++at;
      continue;
    }
    for (const Message& message : channel.messages)
      give_up(message, "there is no channel of that name any more", now, record);
    facts_.erase(name);
    at = channels_.erase(at);
  }
  for (const auto& [name, limits] : wanted) {
    Channel& channel = channels_[name];
    if (channel.tokens_at == 0)
      channel.tokens = static_cast<double>(limits.messages), channel.tokens_at = now.mono;
    channel.limits = limits;
    facts_[name].waiting = static_cast<std::int64_t>(channel.messages.size());
  }
}

void Outbox::add(Notification content, Moment now, Record& record) {
  const auto found = channels_.find(content.channel);
  if (found == channels_.end())
    return give_up({.content = std::move(content)}, "there is no channel of that name", now, record);
  Channel& channel = found->second;
  const auto same = [&](const Message& other) { return other.content.key == content.key; };
  if (std::ranges::any_of(channel.messages, same)) return;
  if (channel.messages.size() >= std::max(channel.limits.waiting, kLeastWaiting)) {
    absorb(channel, content, now, record);
  } else {
    push(channel, std::move(content), record);
  }
  facts_[found->first].waiting = static_cast<std::int64_t>(channel.messages.size());
}

void Outbox::push(Channel& channel, Notification content, Record& record) {
  channel.messages.push_back({.id = ++last_id_, .content = std::move(content), .fresh = true});
  put(last_id_, channel.messages.back().content, 0, record);
}

/// The queue is full: its last place is a digest of what finds none.
void Outbox::absorb(Channel& channel, const Notification& content, Moment now, Record& record) {
  ++facts_[content.channel].digested;
  const Message& last = channel.messages.back();
  if (last.content.kind != Notification::Kind::digest) {
    Notification digest{.key = id_text(fnv1a64(key_from("digest", content.channel, content.key, now.wall))),
                        .channel = content.channel,
                        .kind = Notification::Kind::digest,
                        .group = "digest"};
    digest.created = now.wall;
    digest.host = content.host, digest.timezone = content.timezone, digest.dashboard = content.dashboard;
    push(channel, std::move(digest), record);
  }
  Message& digest = channel.messages.back();
  sum_up(digest.content, content, kMostInDigest);
  digest.fresh = true;
  put(digest.id, digest.content, digest.attempts, record);
}

void Outbox::submitted(std::uint64_t number) {
  for (auto& [name, channel] : channels_) {
    for (auto message = channel.messages.rbegin(); message != channel.messages.rend() && message->fresh;
         ++message)
      message->fresh = false, message->settles = number;
  }
}

void Outbox::release(std::uint64_t number) {
  released_ = std::max(released_, number);
}

bool Outbox::released(const Channel& channel) const {
  const Message& first = channel.messages.front();
  return !first.fresh && first.settles <= released_;
}

std::vector<const Notification*> Outbox::take_due(Moment now) {
  std::vector<const Notification*> due;
  for (auto& [name, channel] : channels_) {
    if (channel.under_way || channel.messages.empty() || !released(channel) || now.mono < channel.not_before)
      continue;
    channel.tokens = refilled(channel.tokens, channel.limits, now.mono - channel.tokens_at);
    channel.tokens_at = now.mono;
    if (channel.tokens < 1) {
      const double missing = (1 - channel.tokens) * static_cast<double>(channel.limits.in);
      channel.not_before =
          now.mono + static_cast<std::int64_t>(missing / static_cast<double>(channel.limits.messages)) + 1;
      continue;
    }
    channel.tokens -= 1;
    channel.under_way = true, channel.begun = now.mono;
    due.push_back(&channel.messages.front().content);
  }
  return due;
}

void Outbox::settle(const std::string& name, const Outcome& outcome, Moment now, Record& record) {
  const auto found = channels_.find(name);
  if (found == channels_.end() || !found->second.under_way) return;  // the channel went meanwhile
  Channel& channel = found->second;
  ChannelFacts& facts = facts_[name];
  channel.under_way = false;
  Message& first = channel.messages.front();
  facts.last_error = outcome.reason;
  if (outcome.kind == Outcome::Kind::delivered) {
    ++facts.delivered;
    facts.last_delivery = now.wall, facts.failing_since = 0;
    channel.not_before = 0;
    pop(channel, record);
  } else {
    ++facts.failed;
    if (facts.failing_since == 0) facts.failing_since = now.wall;
    const bool too_old = now.wall - first.content.created > kGiveUpAfter;
    if (outcome.kind == Outcome::Kind::refused || too_old) {
      facts.refused += outcome.kind == Outcome::Kind::refused ? 1 : 0;
      give_up(first, outcome.reason, now, record);
      pop(channel, record);
    } else {
      ++first.attempts;
      channel.not_before = now.mono + back_off(first, outcome.after_ns);
      put(first.id, first.content, first.attempts, record);
    }
  }
  facts.waiting = static_cast<std::int64_t>(channel.messages.size());
}

/// Full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015), never sooner than the channel wished.
std::int64_t Outbox::back_off(const Message& message, std::int64_t at_least) {
  const std::int64_t doublings = std::min<std::int64_t>(message.attempts - 1, 20);
  const std::int64_t most = std::min(kLastRetry, kFirstRetry << doublings);
  const auto jittered = static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most)));
  return std::max({jittered, kShortestRetry, std::min(at_least, kLongestWish)});
}

void Outbox::give_up(const Message& message, const std::string& reason, Moment now, Record& record) {
  const Notification& content = message.content;
  const std::string what =
      content.alarms.empty() ? std::string(name_of(content.kind)) : content.alarms.front().summary;
  const std::string text =
      fmt::format("a message to {} was not delivered: {} ({})", content.channel, reason, what);
  log::error("{}", text);
  record.history(now.wall, "undelivered", content.alarms.empty() ? Alarm{} : content.alarms.front(), text);
  if (message.id != 0) record.changes().outbox.erase(message.id);
}

void Outbox::pop(Channel& channel, Record& record) {
  record.changes().outbox.erase(channel.messages.front().id);
  channel.messages.pop_front();
}

MonoNs Outbox::next_due() const {
  MonoNs next = INT64_MAX;
  for (const auto& [name, channel] : channels_) {
    if (!channel.under_way && !channel.messages.empty() && released(channel))
      next = std::min(next, channel.not_before);
  }
  return next;
}

bool Outbox::turns(MonoNs now) const {
  return std::ranges::none_of(channels_, [&](const auto& item) {
    return item.second.under_way && now - item.second.begun > kLongestAttempt;
  });
}

}  // namespace steward::alerts
