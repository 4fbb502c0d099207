#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "dashboard/facts.hpp"
#include "net/event_hub.hpp"
#include "net/http_message.hpp"
#include "net/router.hpp"

namespace steward::dashboard {

/// Prometheus or OpenMetrics text, as an Accept header asks.
struct Exposition {
  std::string content_type;
  std::string text;
};
/// Fails while the numbers are not complete: the answer is then 503.
using RenderMetrics = std::function<Result<Exposition>(std::string_view accept)>;

/// The routes of both listeners over the agent's facts. Answers are made at most ten times a second and
/// shared by everybody who asks meanwhile. Lives on the control thread.
///
///     Dashboard dashboard(facts, render, clock);
///     HttpServer people(loop, clock, std::move(socket_8080), dashboard.routes(), {});
///     HttpServer scrapers(loop, clock, std::move(socket_8000), dashboard.metrics_routes(), {});
///     loop.every(kSecond, [&] { dashboard.publish(); });
class Dashboard {
 public:
  /// All are borrowed and outlive the dashboard, which outlives the servers.
  Dashboard(Facts& facts, RenderMetrics render, const Clock& clock);
  Dashboard(const Dashboard&) = delete;
  Dashboard& operator=(const Dashboard&) = delete;

  /// /health, /metrics (JSON or text), /dashboard, /api/v1/{state,bots,orders,alerts,events}.
  net::Router routes();
  /// /metrics (text) alone.
  net::Router metrics_routes();
  /// Sends the present state to the pages that listen; does nothing when there are none.
  void publish();

 private:
  const Overview& overview();
  const Verdict& verdict();
  net::Response kept(const std::string& key, const std::function<net::Response()>& make);
  net::Response health();
  net::Response metrics(std::string_view accept);
  net::Response orders(const net::Request& request);
  net::Response alarms(const net::Request& request);
  std::string state();

  Facts& facts_;
  RenderMetrics render_;
  const Clock& clock_;
  net::EventHub events_;
  MonoNs made_ = 0;  ///< when what follows was made
  Overview overview_;
  Verdict verdict_;
  std::map<std::string, net::Response> answers_;
};

/// Whether a client of the people's /metrics wants Prometheus text rather than JSON: it names a text format
/// and does not like JSON better.
bool wants_text(std::string_view accept);

/// The parameters of /api/v1/orders, or what is wrong with them.
Result<OrderQuery> parse_order_query(const net::Request& request);

/// The parameters of /api/v1/alerts, likewise.
Result<AlarmQuery> parse_alarm_query(const net::Request& request);

}  // namespace steward::dashboard
