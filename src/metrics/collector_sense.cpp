// What rules judge by: the senses of trading, the strain on the host, the endpoints.
#include <algorithm>

#include "metrics/collector.hpp"
#include "os/facts/pressure.hpp"
#include "state/trading_sense.hpp"

namespace steward::metrics {

void Collector::orders(const Sources& sources, const state::Model& model) {
  for (const auto& [name, sense] : state::trading_sense(model, sources.now)) {
    const Label strategy{"strategy", name};
    set(Metric::open_orders, {strategy}, sense.open_orders);
    set(Metric::unknown_orders, {strategy}, sense.unknown_orders);
    set(Metric::in_play_open_orders, {strategy}, sense.in_play_orders);
    set(Metric::orders_rejected, {strategy}, sense.rejected);
    set(Metric::exposure, {strategy}, Number::hundredths(sense.at_risk.money + sense.at_risk.paper));
    for (const auto& [quantile, part] : {std::pair("0.5", 0.5), std::pair("0.99", 0.99)}) {
      if (const auto latency = sense.latency.quantile(part))
        set(Metric::order_latency, {strategy, {"quantile", quantile}}, Number::seconds(*latency));
    }
    if (sense.oldest_unmatched != 0) {
      const std::int64_t age = std::max<std::int64_t>(sources.now - sense.oldest_unmatched, 0);
      set(Metric::order_oldest_unmatched, {strategy}, Number::seconds(age));
    }
    if (sense.drawdown) set(Metric::daily_drawdown, {strategy}, Number::hundredths(*sense.drawdown));
    if (sense.usual_ratio) set(Metric::orders_usual_ratio, {strategy}, *sense.usual_ratio);
  }
  set(Metric::transactions_hour, state::transactions_of_hour(model, sources.now));
}

void Collector::host_strain(const HostFacts& host) {
  for (std::size_t i = 0; i < host.pressure.size(); ++i) {
    const Label resource{"resource", PressureProbe::kResources[i]};
    const Pressure& pressure = host.pressure[i];
    if (pressure.some) set(Metric::host_pressure, {resource, {"kind", "some"}}, *pressure.some);
    if (pressure.full) set(Metric::host_pressure, {resource, {"kind", "full"}}, *pressure.full);
  }
  if (host.open_fds >= 0) set(Metric::host_open_fds, host.open_fds);
  if (host.max_fds >= 0) set(Metric::host_max_fds, host.max_fds);
  if (!host.clock) return;
  if (host.clock->offset_ns) set(Metric::host_clock_offset, Number::seconds(*host.clock->offset_ns));
  set(Metric::host_clock_synchronized, host.clock->synchronized ? 1 : 0);
}

void Collector::endpoints(const Sources& sources) {
  for (const EndpointFacts& endpoint : sources.endpoints) {
    const Label name{"endpoint", endpoint.name};
    if (!endpoint.known) continue;
    set(Metric::endpoint_up, {name}, endpoint.up ? 1 : 0);
    if (endpoint.latency_ns >= 0) set(Metric::endpoint_latency, {name}, Number::seconds(endpoint.latency_ns));
    if (endpoint.tls_expires != 0)
      set(Metric::endpoint_tls_expiry, {name}, Number::seconds(endpoint.tls_expires - sources.now));
  }
}

}  // namespace steward::metrics
