#include "metrics/scrape/schedule.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace steward::metrics {

void ScrapeSchedule::assign(const std::map<std::string, std::string>& url_of_bot, MonoNs now) {
  std::erase_if(targets_, [&](const auto& entry) {
    const auto wanted = url_of_bot.find(entry.first);
    return wanted == url_of_bot.end() || wanted->second != entry.second.url;
  });
  for (const auto& [bot, url] : url_of_bot) {
    const auto [at, fresh] = targets_.try_emplace(bot);
    if (!fresh) continue;
    at->second.url = url;
    // Spread over the first interval, so that many bots are not all asked at one instant for ever.
    const auto place = static_cast<std::int64_t>(targets_.size() - 1);
    at->second.next = now + timing_.interval * (place % 16) / 16;
  }
}

void ScrapeSchedule::restarted(std::string_view bot, MonoNs now) {
  const auto at = targets_.find(bot);
  if (at == targets_.end()) return;
  Target& target = at->second;
  target.ticket = 0;
  target.failures_in_row = 0;
  target.next = now;
}

std::vector<ScrapeSchedule::Request> ScrapeSchedule::due(MonoNs now) {
  std::vector<Request> requests;
  for (auto& [bot, target] : targets_) {
    if (target.next > now) continue;
    if (target.ticket != 0) {  // the driver never came back
      note_failure(target, "no answer in time", now);
      continue;
    }
    target.ticket = ++last_ticket_;
    target.asked_at = now;
    target.next = now + timing_.timeout + kSecond;  // the driver's own timeout comes first
    requests.push_back({.bot = bot, .url = target.url, .timeout = timing_.timeout, .ticket = target.ticket});
  }
  return requests;
}

MonoNs ScrapeSchedule::next_due() const {
  MonoNs soonest = std::numeric_limits<MonoNs>::max();
  for (const auto& [bot, target] : targets_) soonest = std::min(soonest, target.next);
  return soonest;
}

const ScrapeSchedule::Target* ScrapeSchedule::find(std::uint64_t ticket) const {
  for (const auto& [bot, target] : targets_)
    if (ticket != 0 && target.ticket == ticket) return &target;
  return nullptr;
}

bool ScrapeSchedule::succeeded(std::uint64_t ticket, std::int64_t samples, std::int64_t dropped, MonoNs now) {
  Target* target = find(ticket);
  if (target == nullptr) return false;
  ScrapeFacts& facts = target->facts;
  facts.up = true;
  ++facts.scrapes;
  facts.duration_ns = now - target->asked_at;
  facts.samples = samples;
  facts.dropped = dropped;
  facts.error.clear();
  target->failures_in_row = 0;
  target->ticket = 0;
  schedule_next(*target, now);
  return true;
}

bool ScrapeSchedule::failed(std::uint64_t ticket, std::string error, MonoNs now) {
  Target* target = find(ticket);
  if (target == nullptr) return false;
  note_failure(*target, std::move(error), now);
  return true;
}

void ScrapeSchedule::note_failure(Target& target, std::string error, MonoNs now) {
  ScrapeFacts& facts = target.facts;
  facts.up = false;
  ++facts.scrapes;
  ++facts.failures;
  facts.duration_ns = now - target.asked_at;
  facts.error = std::move(error);
  ++target.failures_in_row;
  target.ticket = 0;
  schedule_next(target, now);
}

/// An interval after the last was asked for; after failures in a row 1, 2, 4, … intervals, up to the longest.
void ScrapeSchedule::schedule_next(Target& target, MonoNs now) const {
  std::int64_t wait = timing_.interval;
  for (std::int64_t i = 1; i < target.failures_in_row && wait < timing_.longest_wait; ++i) wait *= 2;
  wait = std::min(wait, std::max(timing_.longest_wait, timing_.interval));
  target.next = std::max(target.asked_at + wait, now);
}

const ScrapeFacts* ScrapeSchedule::facts(std::string_view bot) const {
  const auto at = targets_.find(bot);
  return at == targets_.end() ? nullptr : &at->second.facts;
}

}  // namespace steward::metrics
