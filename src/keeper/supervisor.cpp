#include "keeper/supervisor.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>

#include "base/json_writer.hpp"
#include "keeper/events.hpp"

namespace steward::keeper {

namespace {

/// For how long leftovers may resist before people are told.
constexpr std::int64_t kStuckAfter = 10 * kSecond;

}  // namespace

Supervisor::Supervisor(Launcher& launcher, BotStore& store, EventSink& events, const Clock& clock,
                       Random& random)
    : launcher_(launcher), store_(store), events_(events), clock_(clock), random_(random) {}

Supervisor::Bot* Supervisor::find(const std::string& name) {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

void Supervisor::apply(const Plan& plan) {
  std::set<std::string_view> wanted;
  for (const BotSpec& spec : plan.bots) {
    wanted.insert(spec.name);
    Bot* bot = find(spec.name);
    if (bot == nullptr) {
      add(spec);
      continue;
    }
    bot->removed = false;
    bot->plan_hash = spec_hash(spec);
    bot->staged.reset();
    if (bot->plan_hash != bot->hash) bot->staged = spec;
    if (!bot->life.running()) take_staged(*bot);
  }
  for (const auto& bot : bots_) {
    if (!wanted.contains(bot->spec.name)) bot->removed = true;
  }
}

void Supervisor::add(const BotSpec& spec) {
  auto made = std::make_unique<Bot>();
  Bot& bot = *made;
  bot.spec = spec;
  bot.hash = bot.plan_hash = spec_hash(spec);
  bot.since = clock_.wall();
  by_name_[spec.name] = &bot;
  bots_.insert(spec.role == Role::agent ? bots_.begin() : bots_.end(), std::move(made));
  const Past past = store_.load(spec);
  bot.gate = past.gate;
  bot.down = past.down;
  if (past.found) adopt(bot, *past.found);
  if (spec.role == Role::bot) {
    auto json = event("gate", clock_.wall());
    json.field("bot", spec.name).field("open", bot.gate.open).field("epoch", bot.gate.epoch);
    json.field("reason", bot.gate.reason).field("by", "keeper").end();
    events_.event(json.take());
  }
}

void Supervisor::adopt(Bot& bot, const Found& found) {
  // A run that was written down but never begun is no start: the next one has its number.
  bot.has_run = found.run.pid != 0;
  bot.restarts = found.restarts;
  bot.noted = found.note;
  if (found.note.ended) {
    const MonoNs ended = found.same_boot ? found.note.ended_at : clock_.mono();
    bot.life.ended_before(bot.spec, ended, found.same_boot ? found.note.failures : 0,
                          found.same_boot && found.note.finished, random_);
    return;
  }
  bot.run = found.run;
  bot.exit_told = found.exit_told;
  bot.known_start = found.same_boot;
  bot.life.adopted(found.same_boot ? found.started : clock_.mono(), found.note.ready, found.note.armed,
                   clock_.mono());
  if (found.spec != bot.plan_hash) {
    bot.hash = found.spec;
    bot.staged = bot.spec;
  }
  if (found.alive || (!found.start_told && !found.exit_told)) tell_started(bot, true);
  if (!found.alive) bot.life.exited({}, clock_.mono());
}

Conditions Supervisor::conditions(const Bot& bot) const {
  Conditions conditions;
  conditions.wanted = !bot.down && !bot.removed && !shutting_down_;
  conditions.held = bot.spec.role == Role::bot && !bot.spec.gate && !bot.gate.open;
  if (bot.stops_in_order || shutting_down_) conditions.may_stop = others_gone(bot);
  for (const std::string& name : bot.spec.after) {
    const auto it = by_name_.find(name);
    if (it != by_name_.end() && it->second->life.state() == BotState::ready) continue;
    conditions.waits_for = name;
    break;
  }
  return conditions;
}

/// Whether all that must stop before `bot` have stopped.
bool Supervisor::others_gone(const Bot& bot) const {
  for (const auto& other : bots_) {
    if (other.get() == &bot || !other->life.running()) continue;
    if (bot.spec.role == Role::agent) return false;
    if (std::ranges::find(other->spec.after, bot.spec.name) != other->spec.after.end()) return false;
  }
  return true;
}

void Supervisor::settle() {
  bool acted = true;
  while (acted) {
    acted = false;
    for (const auto& bot : bots_) acted = step(*bot) || acted;
  }
  for (auto it = bots_.begin(); it != bots_.end();) {
    Bot& bot = **it;
    if (!bot.removed || bot.life.running()) {
      ++it;
      continue;
    }
    auto json = event("bot.removed", clock_.wall());
    json.field("bot", bot.spec.name).end();
    events_.event(json.take());
    launcher_.forget(bot.spec.name);
    by_name_.erase(bot.spec.name);
    it = bots_.erase(it);
  }
}

/// One bot as far as it goes now; true when something about it changed, which others may wait for.
bool Supervisor::step(Bot& bot) {
  const BotState before = bot.life.state();
  bool acted = false;
  while (true) {
    if (!bot.life.running() && bot.staged) take_staged(bot);
    const auto action = bot.life.next(bot.spec, conditions(bot), clock_.mono());
    if (!action) break;
    acted = true;
    perform(bot, *action);
    if (bot.life.process_alive()) tell(bot);
  }
  note(bot);
  tell(bot);
  return acted || bot.life.state() != before;
}

void Supervisor::perform(Bot& bot, Action action) {
  switch (action) {
    case Action::launch:
      launch(bot);
      break;
    case Action::terminate:
      launcher_.signal(bot.spec.name, SIGTERM);
      break;
    case Action::abort:
      launcher_.signal(bot.spec.name, SIGABRT);
      break;
    case Action::kill:
      launcher_.kill(bot.spec.name);
      break;
    case Action::clear:
      clear(bot);
      break;
  }
}

void Supervisor::launch(Bot& bot) {
  const std::uint64_t restarts = bot.restarts + (bot.has_run ? 1 : 0);
  auto launched = launcher_.launch(bot.spec, restarts);
  if (!launched) {
    bot.life.launch_failed(bot.spec, clock_.mono(), launched.error().text(), random_);
    return;
  }
  bot.run = std::move(*launched);
  bot.restarts = restarts;
  bot.has_run = true;
  bot.exit_told = false;
  bot.known_start = true;
  bot.stops_in_order = false;
  bot.status.clear();
  bot.noted = {};
  bot.life.launched(clock_.mono());
  tell_started(bot, false);
}

void Supervisor::clear(Bot& bot) {
  const auto empty = launcher_.clear(bot.spec.name);
  const bool gone = empty && *empty;
  if (gone) {
    end_run(bot);
  } else {
    bot.life.cleared(bot.spec, false, clock_.mono(), random_);
  }
  const bool stuck = !gone && clock_.mono() - bot.life.clearing_since() > kStuckAfter;
  if (stuck != bot.stuck_told) {
    const std::string why = empty ? "processes of its last run do not die" : empty.error().text();
    trouble("cgroup", fmt::format("{} cannot be started: {}", bot.spec.name, why), !stuck);
    bot.stuck_told = stuck;
  }
}

/// Nothing of the run is left: decide, tell, close. The event comes before the record says "ended", so a
/// keeper killed in between leaves a successor that can see from the journal that it was told.
void Supervisor::end_run(Bot& bot) {
  const Remains remains = launcher_.remains(bot.spec.name);
  const MonoNs now = clock_.mono();
  const std::int64_t uptime = now - bot.life.started();
  bot.life.cleared(bot.spec, true, now, random_);
  const Ending& ending = bot.life.ending();
  bot.last_exit = bot.life.end_reason() + (remains.oom ? "; out of memory" : "");
  if (!bot.exit_told) {
    auto json = event("bot.exited", clock_.wall());
    json.field("bot", bot.spec.name).field("run", bot.run.run);
    if (!ending.wait_status) json.field("unknown", true);
    if (ending.wait_status && WIFEXITED(*ending.wait_status))
      json.field("exit_code", WEXITSTATUS(*ending.wait_status));
    if (ending.wait_status && WIFSIGNALED(*ending.wait_status))
      json.field("signal", WTERMSIG(*ending.wait_status));
    json.field("reason", bot.last_exit);
    if (bot.life.watchdog_missed()) json.field("watchdog", true);
    if (bot.known_start) json.field("uptime_ns", uptime);
    json.field("strays", remains.strays).field("oom", remains.oom).end();
    events_.event(json.take());
  }
  bot.noted.ended = true;
  bot.noted.ended_at = now;
  bot.noted.failures = bot.life.failures();
  bot.noted.finished = bot.life.finished();
  launcher_.note(bot.spec.name, bot.noted);
  launcher_.finish(bot.spec.name);
  bot.run = {};
}

void Supervisor::note(Bot& bot) {
  if (!bot.life.process_alive()) return;
  if (bot.noted.ready == bot.life.was_ready() && bot.noted.armed == bot.life.armed()) return;
  bot.noted.ready = bot.life.was_ready();
  bot.noted.armed = bot.life.armed();
  launcher_.note(bot.spec.name, bot.noted);
}

void Supervisor::take_staged(Bot& bot) {
  if (!bot.staged) return;
  bot.spec = std::move(*bot.staged);
  bot.staged.reset();
  bot.hash = bot.plan_hash;
}

void Supervisor::exited(const std::string& name, Ending ending) {
  Bot* bot = find(name);
  if (bot == nullptr) return;
  bot->life.exited(ending, clock_.mono());
  step(*bot);  // before all others: a restart without delay shall have none
}

void Supervisor::notified(const std::string& name, const NotifyMessage& message) {
  Bot* bot = find(name);
  if (bot == nullptr) return;
  bot->life.notified(bot->spec, message, clock_.mono());
  if (!message.status || *message.status == bot->status) return;
  bot->status = *message.status;
  auto json = event("bot.status", clock_.wall());
  json.field("bot", name).field("text", bot->status).end();
  events_.event(json.take());
}

void Supervisor::tell_started(const Bot& bot, bool adopted) {
  auto json = event("bot.started", clock_.wall());
  json.field("bot", bot.spec.name)
      .field("run", bot.run.run)
      .field("pid", bot.run.pid)
      .field("restarts", bot.restarts);
  json.field("cgroup", bot.run.cgroup);
  if (adopted) json.field("adopted", true);
  events_.event(json.end().take());
}

void Supervisor::tell(Bot& bot) {
  const BotState state = bot.life.state();
  JsonWriter json;
  const bool waits = state == BotState::backing_off || state == BotState::struggling;
  json.object().field("bot", bot.spec.name).field("state", bot_state_name(state)).field("run", bot.run.run);
  json.field("pid", bot.run.pid).field("restarts", bot.restarts).field("reason", bot.life.reason());
  json.field("spec", bot.hash).field("staged", bot.staged.has_value());
  const std::string as = json.text() + (waits ? std::to_string(bot.life.next_start()) : "");
  if (as == bot.told_as) return;
  const WallNs now = clock_.wall();
  if (state == BotState::ready && bot.told_state != BotState::ready) {
    events_.event(event("bot.ready", now).field("bot", bot.spec.name).field("run", bot.run.run).end().take());
  }
  if (bot.told_as.empty() || state != bot.told_state) bot.since = now;
  bot.told_state = state;
  bot.told_as = as;
  if (waits) json.field("next_start", wall_of(bot.life.next_start()));
  // The same object with its time and type in front.
  events_.event(fmt::format("{{\"t\":{},\"type\":\"bot.state\",{}", now, json.end().text().substr(1)));
}

void Supervisor::tell_all() {
  for (const auto& bot : bots_) {
    bot->told_as.clear();
    const WallNs since = bot->since;
    tell(*bot);
    bot->since = since;
  }
}

void Supervisor::trouble(std::string_view what, const std::string& text, bool over) {
  auto json = event("keeper.trouble", clock_.wall());
  json.field("what", what).field("text", text);
  if (over) json.field("over", true);
  events_.event(json.end().take());
}

MonoNs Supervisor::deadline() const {
  MonoNs first = -1;
  for (const auto& bot : bots_) {
    const auto due = bot->life.deadline();
    if (due && (first < 0 || *due < first)) first = *due;
  }
  return first;
}

bool Supervisor::done() const {
  return shutting_down_ && std::ranges::none_of(bots_, [](const auto& bot) { return bot->life.running(); });
}

}  // namespace steward::keeper
