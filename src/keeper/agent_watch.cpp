#include "keeper/agent_watch.hpp"

#include <poll.h>

#include <csignal>

namespace steward::keeper {

AgentWatch::Verdict AgentWatch::look(bool ready, bool struggling, MonoNs now) {
  if (since_ == 0 || ready != was_ready_) since_ = now;
  was_ready_ = ready;
  const std::int64_t lasted = now - since_;
  if (!told_ && !ready && (struggling || lasted >= kDeadAfter)) {
    told_ = true;
    return Verdict::dead;
  }
  if (told_ && ready && lasted >= kWellAfter) {
    told_ = false;
    return Verdict::well;
  }
  return Verdict::nothing;
}

Status HelperCommand::begin(const std::vector<std::string>& args, std::vector<std::string> env, MonoNs now) {
  tend(now);
  if (child_.pid != 0) return fail(Code::conflict, "the one before still runs");
  auto child = spawn({.args = args, .env = std::move(env)});
  if (!child) return std::unexpected(child.error());
  child_ = std::move(*child);
  kill_at_ = now + kTimeout;
  return {};
}

void HelperCommand::tend(MonoNs now) {
  if (child_.pid == 0) return;
  pollfd ended{child_.pidfd.get(), POLLIN, 0};
  const bool gone = ::poll(&ended, 1, 0) > 0;
  // Its session has its number as long as it was not reaped, or something of it lives.
  if (!gone && now >= kill_at_) ::kill(-child_.pid, SIGKILL);
  if (gone) child_ = {};
}

}  // namespace steward::keeper
