// steward health
#include <poll.h>

#include "agent/endpoint_watch.hpp"
#include "agent/host_health.hpp"
#include "cli/control.hpp"
#include "cli/health_table.hpp"
#include "cli/terminal.hpp"
#include "cli/zone.hpp"
#include "net/event_loop.hpp"
#include "net/probe.hpp"
#include "net/sntp.hpp"

namespace steward::cli {

namespace {

constexpr std::int64_t kAgentAnswers = 2 * kSecond;
constexpr int kBetweenLooks = 500;  // ms: the CPU's use is that of the time between two looks
constexpr std::int64_t kServerAnswers = 2 * kSecond;

void ask_time_server(const std::string& server, std::int64_t tolerance, agent::HealthSnapshot& snapshot) {
  SystemClock clock;
  net::EventLoop loop;
  net::SntpClient(loop, clock).ask(server, kServerAnswers, [&](const Result<net::SntpAnswer>& answer) {
    loop.stop();
    if (!answer || !answer->kiss.empty()) {
      snapshot.clock_error = answer ? "it refuses (" + answer->kiss + ")" : answer.error().message();
      return;
    }
    snapshot.clock_by = server;
    snapshot.host.clock = {.synchronized = std::abs(answer->offset_ns) <= tolerance,
                           .offset_ns = answer->offset_ns};
  });
  loop.run();
}

void probe_endpoints(const config::HealthSettings& settings, agent::HealthSnapshot& snapshot) {
  for (const config::HealthEndpoint& endpoint : settings.endpoints) {
    const net::Probe probe = agent::probe_of(endpoint);
    metrics::EndpointFacts facts{.name = endpoint.name};
    agent::take_result(facts, net::judge_probe(probe, net::http_send(net::probe_request(probe))));
    snapshot.endpoints.push_back(std::move(facts));
  }
}

/// What the keeper knows of the bots, when there is one.
void add_bots(Control& control, agent::HealthSnapshot& snapshot) {
  const auto report = control.status();
  if (!report) return;
  for (const BotStatus& bot : report->bots)
    snapshot.bots.push_back({.name = bot.name, .state = bot.state, .reason = bot.reason});
}

/// The report of this process itself.
std::string look(Control& control, const config::Settings& settings) {
  SystemClock clock;
  agent::HealthSnapshot snapshot;
  HostProbe host;
  host.sample(clock.mono());
  ::poll(nullptr, 0, kBetweenLooks);
  snapshot.host = host.sample(clock.mono());
  snapshot.cpu_ratio_of_minute = snapshot.host.cpu_ratio;
  snapshot.timezone = settings.timezone;
  if (snapshot.host.clock && snapshot.host.clock->offset_ns) snapshot.clock_by = "kernel";
  if (!settings.health.ntp_server.empty())
    ask_time_server(settings.health.ntp_server, settings.health.clock_offset, snapshot);
  DiskProbe disks(control.state());
  snapshot.disks = disks.sample(clock.mono());
  probe_endpoints(settings.health, snapshot);
  add_bots(control, snapshot);
  snapshot.now = clock.wall();
  return agent::health_report(snapshot, settings.health);
}

}  // namespace

int run_health(const Options& options) {
  const auto state = state_of(options);
  if (!state) return complain(state.error());
  Control control(*state);
  const config::Settings settings = settings_of(options).value_or(config::Settings{});
  const auto answer = control.ask_agent(R"({"command":"health"})", kAgentAnswers);
  const std::string report = answer ? *answer : look(control, settings);
  if (options.json) {
    print(report + "\n");
    return kDone;
  }
  use_zone(settings.timezone);
  const auto table = health_table(report, colours());
  if (!table) return complain(table.error());
  print(*table);
  return kDone;
}

}  // namespace steward::cli
