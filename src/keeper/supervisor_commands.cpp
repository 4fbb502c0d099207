// What people and the agent ask of the supervisor, and what they see.
#include "keeper/events.hpp"
#include "keeper/gate_files.hpp"
#include "keeper/supervisor.hpp"

namespace steward::keeper {

Result<Supervisor::Bot*> Supervisor::need(const std::string& name) {
  Bot* bot = find(name);
  if (bot == nullptr || bot->removed)
    return fail(Code::not_found, "there is no bot \"{}\" in the plan", name);
  return bot;
}

Status Supervisor::set_down(Bot& bot, bool down) {
  if (bot.spec.role == Role::agent && down) {
    return fail(Code::invalid, "{} is Steward's own agent, which only a shutdown stops", bot.spec.name);
  }
  if (auto saved = store_.save_down(bot.spec, down); !saved) return saved;
  bot.down = down;
  return {};
}

Status Supervisor::start(const std::string& name) {
  auto bot = need(name);
  if (!bot) return std::unexpected(bot.error());
  if (auto done = set_down(**bot, false); !done) return done;
  (*bot)->life.start_afresh(clock_.mono());
  return {};
}

Status Supervisor::stop(const std::string& name) {
  auto bot = need(name);
  if (!bot) return std::unexpected(bot.error());
  (*bot)->stops_in_order = false;
  return set_down(**bot, true);
}

Status Supervisor::restart(const std::string& name) {
  auto bot = need(name);
  if (!bot) return std::unexpected(bot.error());
  if (auto done = set_down(**bot, false); !done) return done;
  (*bot)->life.restart(clock_.mono());
  return {};
}

Status Supervisor::stop_all() {
  Status worst;
  for (const auto& bot : bots_) {
    if (bot->spec.role == Role::agent) continue;
    bot->stops_in_order = true;
    if (auto done = set_down(*bot, true); !done) worst = done;
  }
  return worst;
}

void Supervisor::shut_down() {
  shutting_down_ = true;
}

Status Supervisor::halt(const std::string& which, const std::string& by, const std::string& reason) {
  return set_gate(which, false, by, reason);
}

Status Supervisor::resume(const std::string& which, const std::string& by) {
  return set_gate(which, true, by, "");
}

Status Supervisor::set_gate(const std::string& which, bool open, const std::string& by,
                            const std::string& reason) {
  std::vector<Bot*> bots;
  if (which == "*") {
    for (const auto& bot : bots_) {
      if (bot->spec.role == Role::bot) bots.push_back(bot.get());
    }
  } else {
    auto bot = need(which);
    if (!bot) return std::unexpected(bot.error());
    if ((*bot)->spec.role == Role::agent)
      return fail(Code::invalid, "{} is Steward's own agent and has no gate", which);
    bots.push_back(*bot);
  }
  Status worst;
  for (Bot* bot : bots) {
    const Gate gate{.open = open, .epoch = next_epoch(bot->gate, clock_.wall()), .reason = reason};
    if (auto saved = store_.save_gate(bot->spec, gate); !saved) {
      worst =
          fail(saved.error(), "the gate of {} stays {}", bot->spec.name, bot->gate.open ? "open" : "closed");
      continue;
    }
    bot->gate = gate;
    auto json = event("gate", clock_.wall());
    json.field("bot", bot->spec.name).field("open", open).field("epoch", gate.epoch);
    json.field("reason", reason).field("by", by).end();
    events_.event(json.take());
  }
  return worst;
}

std::pair<bool, bool> Supervisor::agent() const {
  for (const auto& bot : bots_) {
    if (bot->spec.role == Role::agent)
      return {bot->life.state() == BotState::ready, bot->life.state() == BotState::struggling};
  }
  return {true, false};
}

std::vector<BotView> Supervisor::view() const {
  std::vector<BotView> views;
  for (const auto& bot : bots_) {
    const BotState state = bot->life.state();
    const bool waits = state == BotState::backing_off || state == BotState::struggling;
    views.push_back({.name = bot->spec.name,
                     .role = bot->spec.role,
                     .state = state,
                     .reason = bot->life.reason(),
                     .pid = bot->run.pid,
                     .run = bot->run.run,
                     .cgroup = bot->run.cgroup,
                     .restarts = bot->restarts,
                     .since = bot->since,
                     .last_exit = bot->last_exit,
                     .next_start = waits ? wall_of(bot->life.next_start()) : 0,
                     .gate = bot->gate,
                     .spec = bot->hash,
                     .staged = bot->staged.has_value(),
                     .down = bot->down,
                     .status = bot->status});
  }
  return views;
}

}  // namespace steward::keeper
