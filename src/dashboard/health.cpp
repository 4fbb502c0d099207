#include "dashboard/health.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace steward::dashboard {

namespace {

std::string with_reason(std::string text, std::string_view reason) {
  if (!reason.empty()) text.append(": ").append(reason);
  return text;
}

/// What a bot in that state adds, or "" when the state is nobody's trouble.
std::string degraded_by(const HealthInput::Bot& bot) {
  if (bot.state == "unready") return with_reason(bot.name + " is not ready", bot.reason);
  if (bot.state == "backing-off")
    return with_reason(bot.name + " ended and waits to be started again", bot.reason);
  if (bot.state == "held") return with_reason(bot.name + " is held, its gate is closed", bot.reason);
  return {};
}

}  // namespace

std::string_view health_name(Health health) {
  switch (health) {
    case Health::healthy:
      return "healthy";
    case Health::degraded:
      return "degraded";
    case Health::unhealthy:
      break;
  }
  return "unhealthy";
}

Verdict judge(const HealthInput& input) {
  std::vector<std::string> grave, slight = input.critical_alarms;
  if (!input.keeper_reachable) grave.push_back(with_reason("the keeper does not answer", input.keeper_error));
  if (!input.state_alive) grave.emplace_back("the journals are no longer read");
  for (const auto& bot : input.bots) {
    if (bot.state == "struggling") {
      grave.push_back(with_reason(bot.name + " does not stay up", bot.reason));
    } else if (std::string text = degraded_by(bot); !text.empty()) {
      slight.push_back(std::move(text));
    }
  }
  if (!input.state_trouble.empty()) slight.push_back(input.state_trouble);
  slight.insert(slight.end(), input.keeper_troubles.begin(), input.keeper_troubles.end());
  slight.insert(slight.end(), input.own_troubles.begin(), input.own_troubles.end());
  slight.insert(slight.end(), input.host_troubles.begin(), input.host_troubles.end());
  if (input.recent_bad_lines > 0) {
    slight.push_back(
        fmt::format("{} journal lines of the last 15 minutes could not be read", input.recent_bad_lines));
  }
  for (const auto& scrape : input.failing_scrapes) {
    slight.push_back(with_reason(scrape.bot + " cannot be scraped", scrape.error));
  }
  slight.insert(slight.end(), input.alarms.begin(), input.alarms.end());
  Verdict verdict;
  verdict.health = !grave.empty() ? Health::unhealthy : !slight.empty() ? Health::degraded : Health::healthy;
  verdict.reasons = std::move(grave);
  std::ranges::move(slight, std::back_inserter(verdict.reasons));
  return verdict;
}

}  // namespace steward::dashboard
