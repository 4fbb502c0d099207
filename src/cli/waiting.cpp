#include "cli/waiting.hpp"

#include "base/units.hpp"

namespace steward::cli {

namespace {

/// A state that the status still shows from before the wish is believed only after this long.
constexpr std::int64_t kStale = 2 * kSecond;

/// "1.2 s" where format_duration would say "1 s".
std::string precise(std::int64_t ns) {
  return ns < 60 * kSecond ? fmt::format("{:.1f} s", static_cast<double>(ns) / 1e9) : format_duration(ns);
}

std::string because(const BotStatus& bot) {
  if (!bot.reason.empty()) return ": " + bot.reason;
  return bot.exit_text.empty() ? "" : ": " + bot.exit_text;
}

std::string process(const BotStatus& bot) {
  return bot.pid ? fmt::format(" (pid {})", *bot.pid) : "";
}

/// In the keeper's words and in the agent's.
bool ended_well(const BotStatus& bot) {
  return bot.exit_text.starts_with("exited with code 0") || bot.exit_text.starts_with("exit 0");
}

/// Whether a run ended between the two. The keeper does not say when: then only the first end ever is one for
/// sure.
bool ended_since(const BotStatus& before, const BotStatus& now) {
  if (!now.exit_at) return false;
  return before.exit_at ? *now.exit_at > *before.exit_at : before.exit_text.empty();
}

bool gave_up_for_now(const BotStatus& bot) {
  return bot.state == "backing-off" || bot.state == "struggling";
}

}  // namespace

std::optional<Verdict> Waiting::observe(const BotStatus* bot, MonoNs now) {
  if (bot == nullptr) return Verdict{false, name() + " is no longer in the plan"};
  latest_ = *bot;
  return wish_ == Wish::stop ? observe_stop(*bot, now) : observe_start(*bot, now);
}

std::optional<Verdict> Waiting::observe_stop(const BotStatus& bot, MonoNs now) const {
  if (bot.state != "stopped") return std::nullopt;
  if (before_.state == "stopped") return Verdict{true, name() + " was stopped already"};
  const std::string how = bot.exit_text.empty() || !before_.pid ? "" : ": " + bot.exit_text;
  return Verdict{true, fmt::format("{} stopped{} after {}", name(), how, precise(now - begun_))};
}

std::optional<Verdict> Waiting::observe_start(const BotStatus& bot, MonoNs now) const {
  const bool another_run = (!bot.run.empty() && bot.run != before_.run) || ended_since(before_, bot);
  if (bot.state == "ready") {
    if (another_run)
      return Verdict{true,
                     fmt::format("{} is ready{} after {}", name(), process(bot), precise(now - begun_))};
    if (wish_ == Wish::start && before_.state == "ready")
      return Verdict{true, fmt::format("{} runs already{}", name(), process(bot))};
    return std::nullopt;
  }
  const bool fresh = another_run || bot.since > before_.since || now - begun_ > kStale;
  if (!fresh) return std::nullopt;
  if (bot.state == "held") {
    return Verdict{
        false, fmt::format("{} is held{}; `steward resume {}` opens its gate", name(), because(bot), name())};
  }
  if (gave_up_for_now(bot) && (another_run || now - begun_ > kStale)) {
    return Verdict{false, fmt::format("{} did not become ready{}; it is tried again", name(), because(bot))};
  }
  if (bot.state == "stopped" && (another_run || now - begun_ > kStale)) {
    const bool well = another_run && ended_well(bot);
    return Verdict{well,
                   fmt::format("{} {}{}", name(), well ? "ran and ended" : "did not stay up", because(bot))};
  }
  return std::nullopt;
}

Verdict Waiting::give_up(MonoNs now) const {
  const std::string_view wished = wish_ == Wish::stop ? "stop" : "become ready";
  return {false,
          fmt::format("{} did not {} within {}: it is {}{}", name(), wished, format_duration(now - begun_),
                      latest_.state, latest_.reason.empty() ? "" : " (" + latest_.reason + ")")};
}

std::string Waiting::progress(MonoNs now) const {
  return fmt::format("{}: {}{} … {}", name(), latest_.state,
                     latest_.reason.empty() ? "" : " (" + latest_.reason + ")", precise(now - begun_));
}

}  // namespace steward::cli
