#include "state/bot_fold.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "state/rows.hpp"

namespace steward::state {

using journal::Event;
using journal::Field;
using journal::Type;

namespace {

constexpr std::size_t kMostText = 1024;

std::string words(const Event& event, Field field) {
  return std::string(clip(event.text(field), kMostText));
}

void take_life(Bot& bot, const Event& event) {
  if (event.has(Field::run)) bot.run = event.text(Field::run);
  bot.pid = static_cast<int>(event.number(Field::pid, bot.pid));
  bot.restarts = std::max(bot.restarts, event.number(Field::restarts));
}

void started(Bot& bot, const Source& source, const Event& event) {
  const bool adopted = event.truth(Field::adopted) || bot.run == event.text(Field::run);
  take_life(bot, event);
  bot.removed = false;
  if (event.has(Field::cgroup)) bot.cgroup = words(event, Field::cgroup);
  if (adopted && bot.started_at != 0) return;
  bot.started_at = source.at;
  bot.status_text.clear();
  bot.output_dropped_before = bot.output_lines_dropped;
}

std::string exit_name(const LastExit& exit) {
  if (exit.unknown) return "unknown";
  if (exit.signal == 0) return std::to_string(exit.exit_code);
  const char* name = ::sigabbrev_np(exit.signal);
  return name == nullptr ? fmt::format("signal {}", exit.signal) : fmt::format("SIG{}", name);
}

void exited(Bot& bot, const Source& source, const Event& event) {
  const std::string_view run = event.text(Field::run);
  if (bot.last_exit.run == run) return;  // told again by a keeper that took over
  LastExit exit;
  exit.at = source.at, exit.run = run;
  exit.signal = static_cast<int>(event.number(Field::signal));
  exit.unknown = event.truth(Field::unknown) || (!event.has(Field::exit_code) && !event.has(Field::signal));
  exit.exit_code = static_cast<int>(event.number(Field::exit_code, -1));
  exit.reason = words(event, Field::reason);
  exit.uptime_ns = event.number(Field::uptime_ns);
  ++bot.exits[exit_name(exit)];
  bot.watchdog_missed += event.truth(Field::watchdog);
  bot.last_exit = std::move(exit);
  if (bot.run == run) bot.pid = 0, bot.cgroup.clear();
}

void in_state(Bot& bot, const Source& source, const Event& event) {
  const std::string_view state = event.text(Field::state);
  if (bot.state != state || bot.state_since == 0) bot.state_since = source.at;
  bot.state = clip(state, 64);
  take_life(bot, event);
  if (!event.has(Field::pid)) bot.pid = 0;
  bot.state_reason = words(event, Field::reason);
  bot.next_start = event.number(Field::next_start);
  bot.staged = event.truth(Field::staged);
  bot.removed = false;
}

}  // namespace

Table<Bot>::Entry& BotFold::bot(std::string_view name) {
  auto* known = model_.bots.find(name);
  if (known == nullptr) {
    Bot row;
    row.name = name;
    known = &model_.bots.add(std::move(row));
  }
  model_.bots.touch(*known);
  return *known;
}

Table<Keeper>::Entry& BotFold::keeper() {
  auto* known = model_.keepers.oldest();
  if (known == nullptr) known = &model_.keepers.add({});
  model_.keepers.touch(*known);
  return *known;
}

void BotFold::keeper_event(const Source& source, const Event& event) {
  switch (event.type) {
    case Type::keeper_started: {
      Keeper& row = keeper().row;
      row.pid = static_cast<int>(event.number(Field::pid));
      row.version = words(event, Field::version), row.how = words(event, Field::how);
      row.started_at = source.at, row.stopping = false;
      row.troubles.clear();
      return;
    }
    case Type::keeper_stopping:
      keeper().row.stopping = true;
      return;
    case Type::keeper_trouble: {
      auto& troubles = keeper().row.troubles;
      const std::string what(event.text(Field::what));
      if (event.truth(Field::over)) {
        troubles.erase(what);
      } else if (troubles.size() < 32 || troubles.contains(what)) {
        troubles[what] = words(event, Field::text);
      }
      return;
    }
    default:
      bot_event(source, event);
  }
}

void BotFold::bot_event(const Source& source, const Event& event) {
  Bot& row = bot(event.text(Field::bot)).row;
  switch (event.type) {
    case Type::bot_started:
      return started(row, source, event);
    case Type::bot_exited:
      return exited(row, source, event);
    case Type::bot_state:
      return in_state(row, source, event);
    case Type::bot_removed:
      row.removed = true;
      return;
    case Type::bot_status:
      row.status_text = words(event, Field::text);
      return;
    case Type::bot_output:
      row.output_lines_dropped = row.output_dropped_before + event.number(Field::lines_dropped);
      return;
    case Type::gate:
      row.gate_open = event.truth(Field::open);
      row.gate_epoch = event.number(Field::epoch, row.gate_epoch);
      row.gate_reason = words(event, Field::reason);
      return;
    default:
      return;  // bot.ready is told again by bot.state
  }
}

}  // namespace steward::state
