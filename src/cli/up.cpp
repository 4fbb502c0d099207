// steward up: becomes the keeper.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "alerts/rule_set.hpp"
#include "base/version.hpp"
#include "cli/control.hpp"
#include "cli/terminal.hpp"
#include "config/install.hpp"
#include "net/endpoint.hpp"
#include "net/listener.hpp"
#include "net/port_holder.hpp"
#include "os/files.hpp"

namespace steward::cli {

namespace {

Status nobody_holds(const std::string& state) {
  auto client = keeper::Client::connect(state, kSecond);
  if (!client && client.error().code() == Code::unavailable) return {};
  if (!client && client.error().code() != Code::timeout) return std::unexpected(client.error());
  std::string who = "a keeper that does not answer";
  const auto lines = client ? client->request({"status"}) : fail(client.error(), "no answer");
  for (const auto& words : lines ? *lines : std::vector<keeper::Client::Words>{}) {
    const auto pid = std::ranges::find(words, "pid");
    if (words[0] == "keeper" && words.end() - pid > 1) who = "the keeper with pid " + *(pid + 1);
  }
  return fail(
      Code::conflict,
      "{} is kept already by {}; `steward status` shows it, `steward reload` loads a changed configuration",
      state, who);
}

/// A taken port is no reason not to start the bots: the agent tries again, and this says why nothing answers
/// there. The agent of a keeper that was killed may hold it still; that one is adopted.
void warn_of_taken_port(const config::Listener& listener, std::string_view section,
                        const std::string& state) {
  if (listener.off()) return;
  const auto endpoint = net::parse_endpoint(listener.listen);
  if (!endpoint) return;
  const auto socket = net::listen_tcp(*endpoint, section);
  if (socket) return;
  const auto holder = net::find_port_holder(endpoint->port);
  if (holder && holder->command.find(" agent --state " + state) != std::string::npos) return;
  remark("warning: " + socket.error().text());
}

void warn_of_closed_folder(const config::Settings& settings, const std::string& state) {
  struct ::stat info{};
  const bool closed = ::stat(state.c_str(), &info) == 0 && (info.st_mode & 0001) == 0;
  const bool others =
      std::ranges::any_of(settings.bots, [](const config::Bot& bot) { return !bot.user.empty(); });
  if (closed && others) {
    remark(
        fmt::format("warning: {} is closed to other users, so bots with `user` cannot reach their journals; "
                    "`chmod o+x {}` opens it",
                    state, state));
  }
}

std::string address_line(std::string_view what, const config::Listener& listener, std::string_view path) {
  return listener.off() ? "" : fmt::format("  {} http://{}{}\n", what, listener.listen, path);
}

int become_keeper(const std::string& state) {
  const std::string program = parent_of(own_path()) + "/steward-keeper";
  const char* const args[] = {"steward-keeper", "--state", state.c_str(), nullptr};
  ::execv(program.c_str(), const_cast<char* const*>(args));
  return complain(
      fail_errno(errno, "cannot start " + program + ", which belongs beside this program").error());
}

Result<std::string> wanted_state(const Options& options, const config::Settings& settings) {
  return options.state.empty() ? settings.state : config::absolute_path(options.state);
}

}  // namespace

int run_up(const Options& options) {
  const auto file = config::find_config(options.config);
  if (!file) return complain(file.error());
  const auto checked = config::load(*file);
  if (!checked) return complain(checked.error());
  const auto state = wanted_state(options, *checked);
  if (!state) return complain(state.error());
  if (auto free = nobody_holds(*state); !free) return complain(free.error());
  if (auto made = config::make_state_folder(*state); !made) return complain(made.error());
  const auto installed = config::install(*file, *state, own_path(), alerts::check_rules);
  if (!installed) return complain(installed.error());
  for (const config::Problem& warning : installed->warnings) remark(warning.sentence());
  const config::Settings& settings = installed->settings;
  warn_of_closed_folder(settings, *state);
  warn_of_taken_port(settings.metrics, "metrics", *state);
  warn_of_taken_port(settings.dashboard, "dashboard", *state);
  print(fmt::format("steward {}: {} {}, state folder {}\n", kVersion, settings.bots.size(),
                    settings.bots.size() == 1 ? "bot" : "bots", *state) +
        address_line("dashboard", settings.dashboard, "/dashboard") +
        address_line("metrics  ", settings.metrics, "/metrics"));
  return become_keeper(*state);
}

}  // namespace steward::cli
