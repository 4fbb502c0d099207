// steward upgrade: the programs that run become those that now lie where they were started from.
#include <algorithm>

#include "base/units.hpp"
#include "cli/control.hpp"
#include "cli/terminal.hpp"
#include "cli/wait_until.hpp"
#include "config/install.hpp"
#include "os/files.hpp"

namespace steward::cli {

namespace {

constexpr std::int64_t kPatience = 60 * kSecond;

/// What tells one life of the keeper and of the agent from the next.
struct Lives {
  std::string keeper_run, keeper_version, agent_run, agent_state;
};

std::string value_of(const keeper::Client::Words& words, std::string_view key) {
  const auto at = std::ranges::find(words, key);
  return at == words.end() || at + 1 == words.end() ? "" : *(at + 1);
}

Result<Lives> look_at(Control& control) {
  const auto lines = control.ask_keeper({"status"});
  if (!lines) return std::unexpected(lines.error());
  Lives lives;
  for (const auto& words : *lines) {
    if (words[0] == "keeper") {
      lives.keeper_run = value_of(words, "run");
      lives.keeper_version = value_of(words, "version");
    } else if (words.size() > 1 && words[0] == "bot" && words[1] == "agent") {
      lives.agent_run = value_of(words, "run");
      lives.agent_state = value_of(words, "state");
    }
  }
  return lives;
}

int wait_for_keeper(Control& control, const Lives& before, Lives& after) {
  Progress progress;
  const auto look = [&](MonoNs) -> std::optional<int> {
    const auto lives = look_at(control);
    if (!lives || lives->keeper_run == before.keeper_run)
      return progress.show("the keeper changes"), std::nullopt;
    after = *lives;
    return kDone;
  };
  return wait_until(kPatience, look, [&](MonoNs) {
    progress.clear();
    return complain(Error(Code::timeout, "the keeper has not become the new one; it goes on as it was"));
  });
}

int wait_for_agent(Control& control, const Lives& before) {
  Progress progress;
  const auto look = [&](MonoNs) -> std::optional<int> {
    const auto lives = look_at(control);
    const bool there = lives && lives->agent_run != before.agent_run && lives->agent_state == "ready";
    if (!there) return progress.show("the agent starts"), std::nullopt;
    return kDone;
  };
  return wait_until(kPatience, look, [&](MonoNs) {
    progress.clear();
    return complain(
        Error(Code::timeout, "the new agent is not ready; `steward logs agent` says why. The bots run on"));
  });
}

}  // namespace

int run_upgrade(const Options& options) {
  const auto state = state_of(options);
  if (!state) return complain(state.error());
  const auto entry = config::entry_in_force(*state);
  if (!entry) return complain(entry.error());
  Control control(*state);
  const auto before = look_at(control);
  if (!before) return complain(before.error());
  const std::string program = parent_of(entry->program) + "/steward-keeper";
  if (auto done = control.ask_keeper({"upgrade", program}); !done) return complain(done.error());
  Lives after;
  if (const int status = wait_for_keeper(control, *before, after); status != kDone) return status;
  if (auto done = control.ask_keeper({"restart", "agent"}); !done) return complain(done.error());
  if (const int status = wait_for_agent(control, *before); status != kDone) return status;
  print(fmt::format("keeper {} became {}, the agent was started anew, no bot was touched\n",
                    before->keeper_version, after.keeper_version));
  return kDone;
}

}  // namespace steward::cli
