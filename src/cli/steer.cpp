// steward start, stop, restart, stop-all, shutdown: give the order, then wait until it is true.
#include <algorithm>

#include "base/units.hpp"
#include "cli/control.hpp"
#include "cli/terminal.hpp"
#include "cli/wait_until.hpp"
#include "cli/waiting.hpp"
#include "config/nearest.hpp"

namespace steward::cli {

namespace {

constexpr std::int64_t kMargin = 15 * kSecond;
constexpr std::int64_t kStartWait = 30 * kSecond;
constexpr std::int64_t kStopWait = 30 * kSecond;

Result<std::int64_t> patience_of(const Options& options, Wish wish) {
  if (!options.timeout.empty()) return parse_duration(options.timeout);
  const auto settings = settings_of(options);
  const config::Bot* bot = settings ? settings->find(options.name) : nullptr;
  const std::int64_t stop = (bot == nullptr ? kStopWait : bot->spec.stop_timeout) + kMargin;
  const std::int64_t start =
      bot == nullptr || bot->spec.start_timeout == 0 ? kStartWait : bot->spec.start_timeout + kMargin;
  return wish == Wish::stop ? stop : wish == Wish::start ? start : stop + start;
}

Error unknown_bot(const std::string& name, const StatusReport& report) {
  std::vector<std::string_view> names;
  for (const BotStatus& bot : report.bots) names.push_back(bot.name);
  const std::string_view meant = config::nearest(name, names);
  return {Code::not_found, fmt::format("there is no bot \"{}\"{}", name,
                                       meant.empty() ? "; `steward status` lists them"
                                                     : fmt::format("; did you mean \"{}\"?", meant))};
}

int tell(const Verdict& verdict) {
  if (!verdict.fulfilled) return complain(Error(Code::conflict, verdict.sentence));
  print(verdict.sentence + "\n");
  return kDone;
}

int wait_for(Control& control, Waiting waiting, const std::string& name, std::int64_t patience) {
  Progress progress;
  const auto look = [&](MonoNs now) -> std::optional<int> {
    const auto report = control.status();
    if (!report && report.error().code() == Code::unavailable)
      return progress.clear(), complain(report.error());
    if (!report) return std::nullopt;  // one answer that is late is no end
    const auto verdict = waiting.observe(report->find(name), now);
    if (!verdict) return progress.show(waiting.progress(now)), std::nullopt;
    progress.clear();
    return tell(*verdict);
  };
  return wait_until(patience, look, [&](MonoNs now) { return progress.clear(), tell(waiting.give_up(now)); });
}

int steer(const Options& options, Wish wish, const std::string& command) {
  const auto state = state_of(options);
  const auto patience = patience_of(options, wish);
  if (!state) return complain(state.error());
  if (!patience) return complain(patience.error());
  Control control(*state);
  const auto before = control.status();
  if (!before) return complain(before.error());
  const BotStatus* bot = before->find(options.name);
  if (bot == nullptr) return complain(unknown_bot(options.name, *before));
  Waiting waiting(wish, *bot, SystemClock().mono());
  if (auto done = control.carry_out({command, options.name, ""}); !done) return complain(done.error());
  return options.no_wait ? kDone : wait_for(control, waiting, options.name, *patience);
}

bool is_down(const BotStatus& bot) {
  return bot.state == "stopped";
}

std::int64_t longest_stop(const Options& options) {
  std::int64_t longest = kStopWait;
  if (const auto settings = settings_of(options)) {
    // One after the other where `after` says so: their sum is the most it can take.
    std::int64_t sum = 0;
    for (const config::Bot& bot : settings->bots) sum += bot.spec.stop_timeout;
    longest = std::max(longest, sum);
  }
  return longest + kMargin;
}

std::string names_running(const StatusReport& report) {
  std::string names;
  for (const BotStatus& bot : report.bots) {
    if (!is_down(bot)) names += (names.empty() ? "" : ", ") + bot.name + " (" + bot.state + ")";
  }
  return names;
}

}  // namespace

int run_start(const Options& options) {
  return steer(options, Wish::start, "start");
}
int run_stop(const Options& options) {
  return steer(options, Wish::stop, "stop");
}
int run_restart(const Options& options) {
  return steer(options, Wish::restart, "restart");
}

int run_stop_all(const Options& options) {
  const auto state = state_of(options);
  const auto patience =
      options.timeout.empty() ? Result<std::int64_t>(longest_stop(options)) : parse_duration(options.timeout);
  if (!state) return complain(state.error());
  if (!patience) return complain(patience.error());
  Control control(*state);
  const MonoNs begun = SystemClock().mono();
  if (auto done = control.carry_out({"stop-all", "", ""}); !done) return complain(done.error());
  if (options.no_wait) return kDone;
  Progress progress;
  std::string left;
  const auto look = [&](MonoNs now) -> std::optional<int> {
    const auto report = control.status();
    if (!report) return std::nullopt;
    left = names_running(*report);
    if (!left.empty()) return progress.show("stopping: " + left), std::nullopt;
    progress.clear();
    print(
        fmt::format("all {} bots are stopped after {}\n", report->bots.size(), format_duration(now - begun)));
    return kDone;
  };
  return wait_until(*patience, look, [&](MonoNs now) {
    progress.clear();
    return complain(
        Error(Code::timeout, fmt::format("not stopped within {}: {}", format_duration(now - begun), left)));
  });
}

int run_shutdown(const Options& options) {
  const auto state = state_of(options);
  const auto patience =
      options.timeout.empty() ? Result<std::int64_t>(longest_stop(options)) : parse_duration(options.timeout);
  if (!state) return complain(state.error());
  if (!patience) return complain(patience.error());
  Control control(*state);
  if (auto done = control.ask_keeper({"shutdown"}); !done) return complain(done.error());
  Progress progress;
  const auto look = [&](MonoNs) -> std::optional<int> {
    const auto client = keeper::Client::connect(*state, kSecond);
    if (client || client.error().code() != Code::unavailable)
      return progress.show("stopping everything"), std::nullopt;
    progress.clear();
    print("everything is stopped\n");
    return kDone;
  };
  return wait_until(*patience, look, [&](MonoNs) {
    progress.clear();
    return complain(
        Error(Code::timeout, "not everything stopped in time; `steward status` shows what still runs"));
  });
}

}  // namespace steward::cli
