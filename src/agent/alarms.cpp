#include "agent/alarms.hpp"

#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "alerts/alarm_json.hpp"
#include "alerts/alarm_matcher.hpp"
#include "alerts/router.hpp"
#include "base/log.hpp"
#include "base/ulid.hpp"
#include "net/command.hpp"

namespace steward::agent {

namespace {

/// So long a message waits for a disk that does not answer; then it is sent from memory.
constexpr std::int64_t kDiskPatience = 2 * kSecond;

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "this host";
}

}  // namespace

Alarms::Alarms(Parts parts, const config::Settings& settings)
    : parts_(std::move(parts)),
      rules_(alerts::RuleSet::build(settings)),
      sender_({.outbound = parts_.outbound,
               .clock = parts_.clock,
               .run_command =
                   [this](net::Command command, net::CommandDone done) {
                     net::run_command(parts_.loop, std::move(command), std::move(done));
                   },
               .executor = [this](std::function<void()> task) { parts_.loop.post(std::move(task)); }}),
      actions_({.state = parts_.state,
                .clock = parts_.clock,
                .executor = [this](std::function<void()> task) { parts_.loop.post(std::move(task)); },
                .run_command =
                    [this](net::Command command, net::CommandDone done) {
                      net::run_command(parts_.loop, std::move(command), std::move(done));
                    },
                .done =
                    [this](const alerts::Task& task, const alerts::TaskResult& result) {
                      life_.finish(task, result, now());
                      go_on();
                    }}),
      deadman_(parts_.outbound),
      host_(host_name()) {
  store_ = std::make_unique<store::AlarmStore>(
      parts_.state + "/agent", parts_.clock, [this](std::uint64_t number, bool durable) {
        parts_.loop.post([this, number, durable] { settled(number, durable); });
      });
  const store::AlarmRows rows = store_->take_rows();
  record_.restore(rows);
  life_.restore(rows, now());
  outbox_.restore(rows);
}

Alarms::~Alarms() {
  submit();
}

void Alarms::assign(const config::Settings& settings, const std::string& dashboard_url) {
  rules_ = alerts::RuleSet::build(settings);
  life_.rules_begin_anew(now());
  const alerts::Router router(settings.alert_targets, settings.timezone);
  life_.configure([router](const alerts::Alarm& alarm, WallNs at) { return router.route(alarm, at); },
                  alerts::inhibitions_of(settings), {host_, settings.timezone, dashboard_url});
  std::map<std::string, alerts::ChannelLimits> limits;
  channels_.clear();
  for (const config::AlertChannel& channel : settings.alert_targets.channels) {
    limits[channel.name] = {.messages = channel.rate_messages, .in = channel.rate_window};
    channels_.push_back(channel.name);
  }
  sender_.assign(settings.alert_targets);
  outbox_.configure(limits, now(), record_);
  deadman_.assign(settings.alert_life, settings.alert_targets.env_file);
}

void Alarms::turn(const metrics::SeriesSource& series) {
  const alerts::Moment at = now();
  const auto conditions = rules_.evaluate(series, at.mono, at.wall);
  std::set<std::uint32_t> unanswered;
  faults_.clear();
  for (const alerts::RuleFault& fault : rules_.faults()) {
    unanswered.insert(fault.rule);
    if (faults_.empty()) faults_ = fmt::format("rule {}: {}", rules_.rule(fault.rule).name, fault.text);
  }
  life_.step(at, {conditions, unanswered}, *this);
  go_on();
  release_late();
  if (outbox_.turns(at.mono)) deadman_.beat(at.mono);
}

/// Halts go first and wait for nothing.
void Alarms::go_on() {
  begin_tasks();
  for (alerts::Notification& message : life_.messages(now())) outbox_.add(std::move(message), now(), record_);
  submit();
  send();
}

void Alarms::begin_tasks() {
  for (alerts::Task& task : life_.take_tasks(now(), *this)) {
    if (task.action == alerts::Action::halt) {
      const std::string strategy(alerts::label_of(task.alarm, "strategy"));
      if (alerts::label_of(task.alarm, "bot").empty() && !strategy.empty())
        task.bots = parts_.bots_of(strategy);
      actions_.begin(task);
    } else {
      tasks_[0].push_back(std::move(task));
    }
  }
}

/// What waits for its intent to be on disk gets the number of the changes that hold it.
void Alarms::submit() {
  store::AlarmChanges changes = record_.take();
  if (changes.empty()) return;
  const bool urgent = !changes.outbox.empty() || !changes.audit.empty() || !tasks_.empty();
  const std::uint64_t number = store_->submit(std::move(changes), urgent);
  outbox_.submitted(number);
  unsettled_.emplace_back(number, parts_.clock.mono());
  if (auto waiting = tasks_.extract(0)) {
    waiting.key() = number;
    tasks_.insert(std::move(waiting));
  }
}

/// Whether it is on disk or has to live in memory, there is no more to wait for.
void Alarms::settled(std::uint64_t number, bool) {
  while (!unsettled_.empty() && unsettled_.front().first <= number) unsettled_.pop_front();
  outbox_.release(number);
  while (!tasks_.empty() && tasks_.begin()->first <= number) {
    const auto due = tasks_.extract(tasks_.begin());
    for (const alerts::Task& task : due.mapped()) actions_.begin(task);
  }
  send();
}

/// A disk that neither takes nor refuses.
void Alarms::release_late() {
  const MonoNs before = parts_.clock.mono() - kDiskPatience;
  std::uint64_t late = 0;
  for (const auto& [number, at] : unsettled_) {
    if (at < before) late = number;
  }
  if (late != 0) settled(late, false);
}

void Alarms::send() {
  for (const alerts::Notification* message : outbox_.take_due(now())) {
    sender_.send(*message, [this, channel = message->channel](const alerts::Outcome& outcome) {
      outbox_.settle(channel, outcome, now(), record_);
      submit();
      send();
    });
  }
}

Status Alarms::acknowledge(std::uint64_t fingerprint, const std::string& by, const std::string& comment) {
  const Status done = life_.acknowledge(fingerprint, by, comment, now());
  go_on();
  return done;
}

Result<std::int64_t> Alarms::silence(const std::string& matchers, WallNs ends, const std::string& by,
                                     const std::string& comment) {
  auto number = life_.silence(matchers, ends, by, comment, now());
  go_on();
  return number;
}

Status Alarms::end_silence(std::int64_t number, const std::string& by) {
  const Status done = life_.end_silence(number, by, now());
  go_on();
  return done;
}

Result<std::vector<std::string>> Alarms::send_test(const std::string& channel, const std::string& by) {
  std::vector<std::string> targets = channels_;
  if (!channel.empty()) std::erase_if(targets, [&](const std::string& name) { return name != channel; });
  if (targets.empty() && channel.empty())
    return fail(Code::not_found, "no channel is configured; add [[alert.channel]] to steward.toml");
  if (targets.empty())
    return fail(Code::not_found, "there is no channel \"{}\"; there {}", channel,
                channels_.empty() ? "are none" : fmt::format("is \"{}\"", fmt::join(channels_, "\", \"")));
  for (const std::string& name : targets) {
    alerts::Notification test{.key = make_ulid(parts_.clock.wall(), random_),
                              .channel = name,
                              .kind = alerts::Notification::Kind::test,
                              .group = "test"};
    test.created = parts_.clock.wall(), test.host = host_;
    outbox_.add(std::move(test), now(), record_);
  }
  record_.audit(parts_.clock.wall(), by, "send-test", fmt::format("{}", fmt::join(targets, ", ")));
  go_on();
  return targets;
}

metrics::AlertFacts Alarms::facts() const {
  metrics::AlertFacts facts;
  for (const auto severity :
       {alerts::Severity::info, alerts::Severity::warning, alerts::Severity::critical}) {
    for (const auto state :
         {alerts::AlarmState::pending, alerts::AlarmState::firing, alerts::AlarmState::acknowledged})
      facts.alarms[{alerts::name_of(severity), alerts::name_of(state)}] = 0;
  }
  life_.each([&](const alerts::Alarm& alarm) {
    ++facts.alarms[{alerts::name_of(alarm.severity), alerts::name_of(alarm.state)}];
  });
  for (const auto& [name, channel] : outbox_.facts()) {
    facts.channels.push_back({.name = name,
                              .delivered = channel.delivered,
                              .failed = channel.failed,
                              .refused = channel.refused,
                              .digested = channel.digested,
                              .pending = channel.waiting,
                              .last_delivery = channel.last_delivery});
  }
  return facts;
}

std::vector<std::pair<std::string, std::string>> Alarms::troubles() const {
  const store::AlarmStoreFacts store = store_->facts();
  std::vector<std::pair<std::string, std::string>> all;
  all.emplace_back("alarms-store",
                   store.trouble.empty()
                       ? ""
                       : "steward.db cannot be written: alarms live in memory, and a message may be "
                         "sent twice should the agent die: " +
                             store.trouble);
  all.emplace_back("alarms-notice", store.notice);
  all.emplace_back("alarms-rules", faults_);
  all.emplace_back("alarms-full",
                   life_.overflowed() == 0
                       ? ""
                       : fmt::format("more than {} alarms at once: the others are not followed",
                                     alerts::LifeCycle::kMostAlarms));
  all.emplace_back("deadman", deadman_.trouble());
  std::string channels;
  for (const auto& [name, text] : sender_.troubles()) channels += (channels.empty() ? "" : "; ") + text;
  all.emplace_back("alarms-channels", channels);
  return all;
}

}  // namespace steward::agent
