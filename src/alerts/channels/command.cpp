#include "alerts/channels/command.hpp"

#include <sys/wait.h>
#include <sysexits.h>

#include <algorithm>

#include "alerts/alarm_json.hpp"
#include "alerts/rule.hpp"
#include "os/environment.hpp"
#include "os/process.hpp"

namespace steward::alerts {

net::Command render_command(const Channel& channel, const Notification& notification) {
  net::Command command{.args = channel.settings.command,
                       .env = plain_environment(),
                       .input = to_json(notification) + "\n",
                       .timeout_ns = channel.settings.timeout};
  auto worst = Severity::info;
  for (const Alarm& alarm : notification.alarms) worst = std::max(worst, alarm.severity);
  std::string key = notification.key;
  std::erase(key, '\0');
  command.env.push_back("STEWARD_KEY=" + key);
  command.env.push_back(fmt::format("STEWARD_KIND={}", name_of(notification.kind)));
  command.env.push_back(fmt::format("STEWARD_SEVERITY={}", name_of(worst)));
  return command;
}

Outcome judge_command(const Result<net::CommandEnd>& end) {
  if (!end) {
    const Code code = end.error().code();
    const bool never = code == Code::not_found || code == Code::denied || code == Code::invalid;
    return never ? Outcome::refused(end.error().text()) : Outcome::retry(end.error().text());
  }
  if (end->status == 0) return Outcome::delivered();
  const std::string output = excerpt(end->output);
  const std::string said =
      fmt::format("it {}{}{}", wait_status_text(end->status), output.empty() ? "" : ": ", output);
  const int status = WIFEXITED(end->status) ? WEXITSTATUS(end->status) : 0;
  const bool never = status >= EX__BASE && status <= EX__MAX && status != EX_TEMPFAIL;
  return never ? Outcome::refused(said) : Outcome::retry(said);
}

}  // namespace steward::alerts
