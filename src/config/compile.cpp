#include "config/compile.hpp"

#include <unistd.h>

#include <algorithm>

#include "config/host.hpp"

namespace steward::config {

namespace {

keeper::BotSpec agent_spec(const Settings& settings, const AgentEntry& agent) {
  keeper::BotSpec spec;
  spec.name = "agent";
  spec.role = keeper::Role::agent;
  spec.args = {agent.program, "agent", "--state", agent.state, "--config", settings.file};
  spec.restart_delay = 200 * kMillisecond;
  spec.restart_delay_max = 10 * kSecond;
  spec.stop_timeout = 10 * kSecond;
  // READY=1 says that its loop turns, not that it has read every journal: that may take longer.
  spec.start_timeout = kMinute;
  spec.watchdog = 10 * kSecond;
  // GnuTLS comes along with libcurl and is never used; setting itself up costs it half a megabyte.
  spec.env.emplace_back("GNUTLS_NO_IMPLICIT_INIT", "1");
  return spec;
}

void set_variable(keeper::BotSpec& spec, const std::string& name, const std::string& value) {
  const auto given = [&](const auto& variable) { return variable.first == name; };
  if (std::ranges::none_of(spec.env, given)) spec.env.emplace(spec.env.begin(), name, value);
}

/// The numbers and the variables of the bot's user. One's own account needs no change, which only root could
/// make.
void set_account(keeper::BotSpec& spec, const Account& account) {
  set_variable(spec, "HOME", account.home);
  set_variable(spec, "LOGNAME", account.name);
  set_variable(spec, "USER", account.name);
  if (::geteuid() != 0) return;
  spec.uid = account.uid;
  spec.gid = account.gid;
  spec.groups = account.groups;
}

}  // namespace

Result<keeper::Plan> compile(const Settings& settings, const AgentEntry& agent) {
  keeper::Plan plan;
  plan.on_agent_dead = settings.alert_life.on_agent_dead;
  plan.bots.push_back(agent_spec(settings, agent));
  for (const Bot& bot : settings.bots) {
    keeper::BotSpec spec = bot.spec;
    if (!bot.user.empty()) {
      const auto account = find_account(bot.user);
      if (!account)
        return fail(account.error(), "{}:{}: user of {}", settings.file, bot.user_line, bot.name());
      set_account(spec, *account);
    }
    plan.bots.push_back(std::move(spec));
  }
  return plan;
}

}  // namespace steward::config
