// links: steward_agent
// CPU of what the agent looks at once a second. Bound: 300 µs a look, all together. Argument: [looks].
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "agent/host_health.hpp"
#include "metrics/collector.hpp"
#include "metrics/usage_sampler.hpp"
#include "os/facts/disks.hpp"
#include "os/facts/host.hpp"
#include "state/rows.hpp"

namespace {

using namespace steward;

/// Five strategies over a week: what /metrics judges trading by.
state::Model a_weeks_model(WallNs now) {
  state::Model model;
  model.hour = now / state::kHour;
  for (int strategy = 0; strategy < 5; ++strategy) {
    const std::string name = fmt::format("s{}", strategy);
    model.activities.add({.bot = name, .strategy = name, .since = now - 8 * 24 * state::kHour});
    for (int hour = 0; hour < state::kHoursKept; ++hour)
      model.hours.add({.bot = name, .strategy = name, .hour = model.hour - hour, .placed = 100});
    for (int i = 0; i < 2040; ++i) {
      state::Order order;
      order.bot = order.strategy = name, order.market_id = "1.1";
      order.customer_order_ref = fmt::format("{}", i), order.ended = i >= 40;
      order.status = order.ended ? state::OrderStatus::settled : state::OrderStatus::executable;
      order.size_remaining = 200, order.created = now;
      const std::int64_t id = model.orders.add(std::move(order)).id;
      if (i < 40) model.open_orders.insert(id);
      model.recent_latency[name].add(now - i * 100 * kMillisecond, 20 * kMillisecond);
    }
  }
  return model;
}

template <class Look>
void measure(const char* what, int looks, Look&& look) {
  const auto cpu = [] {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return used.tv_sec * kSecond + used.tv_nsec;
  };
  look(0);
  const std::int64_t before = cpu();
  for (int i = 1; i <= looks; ++i) look(i);
  std::printf("%-44s %8.1f us a look\n", what,
              static_cast<double>(cpu() - before) / 1000 / static_cast<double>(looks));
}

}  // namespace

int main(int argc, char** argv) {
  const int looks = argc > 1 ? std::atoi(argv[1]) : 2000;
  SystemClock clock;
  HostProbe host;
  DiskProbe disks("/tmp");
  PressureProbe pressure;
  metrics::UsageSampler usage;
  const metrics::UsageSampler::Subject self{"self", "run", "", ::getpid()};
  // Each look is a second later, so that what is done rarely is done as often as in life.
  measure("host: cpu, memory, load, files, clock, PSI", looks, [&](int at) { host.sample(at * kSecond); });
  measure("  of which PSI", looks, [&](int) { pressure.sample(); });
  measure("disks, with forecasts", looks, [&](int at) { disks.sample(at * kSecond); });
  measure("one bot (its process, descriptors, trend)", looks,
          [&](int at) { usage.sample({&self, 1}, at * kSecond); });
  agent::HealthSnapshot snapshot;
  snapshot.host = host.sample(0);
  snapshot.disks = disks.sample(0);
  measure("verdicts", looks, [&](int) { agent::judge_host(snapshot, {}); });
  const WallNs now = clock.wall();
  const state::Model model = a_weeks_model(now);
  metrics::RunTotals totals;
  metrics::Collector collector(totals);
  metrics::Sources sources;
  sources.now = now;
  sources.host = snapshot.host;
  sources.disks = snapshot.disks;
  measure("the pass over /metrics: 5 strategies, a week", looks,
          [&](int) { collector.collect(sources, model); });
  return 0;
}
