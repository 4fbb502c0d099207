#include "config/order.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "config/nearest.hpp"

namespace steward::config {

namespace {

/// Removes again and again the bots that wait for none of those left; what remains waits in circles.
std::map<std::string_view, std::vector<std::string_view>> unstartable(const Settings& settings) {
  std::map<std::string_view, std::vector<std::string_view>> waiting;
  for (const Bot& bot : settings.bots) {
    auto& names = waiting[bot.name()];
    for (const std::string& name : bot.spec.after) {
      if (settings.find(name) != nullptr) names.push_back(name);
    }
  }
  while (true) {
    const auto before = waiting.size();
    std::erase_if(waiting, [&](const auto& entry) {
      return std::ranges::none_of(entry.second,
                                  [&](std::string_view name) { return waiting.contains(name); });
    });
    if (waiting.size() == before) return waiting;
  }
}

/// One circle among the bots that cannot start: follows who waits for whom until a name comes again.
std::vector<std::string_view> circle_of(
    const std::map<std::string_view, std::vector<std::string_view>>& waiting) {
  std::vector<std::string_view> path{waiting.begin()->first};
  while (true) {
    const auto& names = waiting.at(path.back());
    const std::string_view next =
        *std::ranges::find_if(names, [&](std::string_view name) { return waiting.contains(name); });
    const auto seen = std::ranges::find(path, next);
    const bool closed = seen != path.end();
    if (closed) path.erase(path.begin(), seen);
    path.push_back(next);
    if (closed) return path;
  }
}

}  // namespace

void check_order(const Settings& settings, Reading& reading) {
  std::vector<std::string_view> names;
  for (const Bot& bot : settings.bots) names.push_back(bot.name());
  for (const Bot& bot : settings.bots) {
    for (const std::string& name : bot.spec.after) {
      if (settings.find(name) != nullptr) continue;
      const std::string_view meant = nearest(name, names);
      reading.problem(bot.line, "{} is to start after \"{}\", and there is no such bot{}", bot.name(), name,
                      meant.empty() ? std::string("; name one of this file")
                                    : fmt::format("; did you mean \"{}\"?", meant));
    }
  }
  if (const auto waiting = unstartable(settings); !waiting.empty()) {
    const auto circle = circle_of(waiting);
    reading.problem(settings.find(circle.front())->line,
                    "bots wait for one another in a circle ({}); take one `after` out",
                    fmt::join(circle, " after "));
  }
}

}  // namespace steward::config
