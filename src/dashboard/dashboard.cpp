#include "dashboard/dashboard.hpp"

#include <algorithm>
#include <charconv>

#include "alerts/alarm_json.hpp"
#include "base/log.hpp"
#include "dashboard/json.hpp"
#include "dashboard/page.hpp"

namespace steward::dashboard {

namespace {

constexpr std::int64_t kFresh = 100 * kMillisecond;
constexpr std::size_t kMostKept = 32;  // answers by Accept header: a client may invent many
constexpr std::size_t kNewestOrders = 25;

Result<std::int64_t> whole_number(const std::string& text, std::string_view name, std::int64_t least,
                                  std::int64_t most) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    return fail(Code::invalid, "{} must be a whole number from {} to {}", name, least, most);
  }
  return number;
}

/// Which page of a list.
Status read_page(const net::Request& request, std::size_t most, std::size_t& limit, std::int64_t& after) {
  if (const auto given = request.parameter("limit")) {
    const auto number = whole_number(*given, "limit", 1, static_cast<std::int64_t>(most));
    if (!number) return std::unexpected(number.error());
    limit = static_cast<std::size_t>(*number);
  }
  if (const auto given = request.parameter("after")) {
    const auto number = whole_number(*given, "after (the \"next\" of the page before)", 1, INT64_MAX);
    if (!number) return std::unexpected(number.error());
    after = *number;
  }
  return {};
}

net::Response redirect(std::string to) {
  net::Response response;
  response.status = 302;
  response.headers.emplace_back("Location", std::move(to));
  return response;
}

}  // namespace

bool wants_text(std::string_view accept) {
  const int text = std::max(net::named_quality(accept, "text/plain"),
                            net::named_quality(accept, "application/openmetrics-text"));
  return text > 0 && text > net::named_quality(accept, "application/json");
}

Result<OrderQuery> parse_order_query(const net::Request& request) {
  OrderQuery query;
  if (auto read = read_page(request, kMostOrdersAPage, query.limit, query.after); !read)
    return std::unexpected(read.error());
  query.bot = request.parameter("bot");
  query.strategy = request.parameter("strategy");
  if (const auto name = request.parameter("status")) {
    query.status = status_named(*name);
    if (!query.status) {
      return fail(Code::invalid, "status must be intent, executable, complete, rejected, unknown or settled");
    }
  }
  return query;
}

Result<AlarmQuery> parse_alarm_query(const net::Request& request) {
  AlarmQuery query;
  if (auto read = read_page(request, kMostAlarmsAPage, query.limit, query.after); !read)
    return std::unexpected(read.error());
  const auto name = request.parameter("state");
  if (!name) return query;
  for (const auto state :
       {alerts::AlarmState::pending, alerts::AlarmState::firing, alerts::AlarmState::acknowledged}) {
    if (alerts::name_of(state) == *name) query.state = state;
  }
  if (!query.state) return fail(Code::invalid, "state must be pending, firing or acknowledged");
  return query;
}

Dashboard::Dashboard(Facts& facts, RenderMetrics render, const Clock& clock)
    : facts_(facts), render_(std::move(render)), clock_(clock) {}

/// Makes everything anew when what there is has become old.
const Overview& Dashboard::overview() {
  const MonoNs now = clock_.mono();
  if (made_ == 0 || now - made_ >= kFresh) {
    overview_ = facts_.overview();
    verdict_ = judge(overview_.health);
    answers_.clear();
    made_ = now;
  }
  return overview_;
}

const Verdict& Dashboard::verdict() {
  overview();
  return verdict_;
}

net::Response Dashboard::kept(const std::string& key, const std::function<net::Response()>& make) {
  overview();
  if (const auto known = answers_.find(key); known != answers_.end()) return known->second;
  if (answers_.size() >= kMostKept) return make();
  return answers_.emplace(key, make()).first->second;
}

net::Response Dashboard::health() {
  return kept("health", [this] {
    return net::Response::json(health_json(overview(), verdict()),
                               verdict().health == Health::unhealthy ? 503 : 200);
  });
}

net::Response Dashboard::metrics(std::string_view accept) {
  return kept("text " + std::string(accept), [&] {
    Result<Exposition> exposition = render_(accept);
    if (!exposition) return net::Response::error(503, exposition.error().message());
    net::Response response;
    response.content_type = std::move(exposition->content_type);
    response.content = std::make_shared<const net::Content>(std::move(exposition->text), false);
    return response;
  });
}

net::Response Dashboard::orders(const net::Request& request) {
  const auto query = parse_order_query(request);
  if (!query) return net::Response::error(400, query.error().message());
  return net::Response::json(orders_json(overview(), facts_.orders(*query)));
}

net::Response Dashboard::alarms(const net::Request& request) {
  const auto query = parse_alarm_query(request);
  if (!query) return net::Response::error(400, query.error().message());
  return net::Response::json(alarms_json(facts_.alarms(*query), *query));
}

std::string Dashboard::state() {
  return state_json(overview(), verdict(), facts_.orders({.limit = kNewestOrders}));
}

void Dashboard::publish() {
  if (events_.listeners() == 0) return;
  const std::string text = state();
  if (!events_.publish(text))
    log::warning("the live state of {} bytes is too large for the page", text.size());
}

net::Router Dashboard::routes() {
  net::Router router;
  router.get("/", [](const net::Request&) { return redirect("/dashboard"); })
      .get("/dashboard", [](const net::Request&) { return page(); })
      .get("/health", [this](const net::Request&) { return health(); })
      .get("/metrics",
           [this](const net::Request& request) {
             const std::string_view accept = request.header("accept");
             if (wants_text(accept)) return metrics(accept);
             return kept("numbers", [this] { return net::Response::json(numbers_json(overview())); });
           })
      .get("/api/v1/state",
           [this](const net::Request&) {
             return kept("state", [this] { return net::Response::json(state() + "\n"); });
           })
      .get("/api/v1/bots",
           [this](const net::Request&) {
             return kept("bots", [this] { return net::Response::json(bots_json(overview())); });
           })
      .get("/api/v1/backups",
           [this](const net::Request&) {
             return kept("backups", [this] { return net::Response::json(backups_json(overview())); });
           })
      .get("/api/v1/orders", [this](const net::Request& request) { return orders(request); })
      .get("/api/v1/alerts", [this](const net::Request& request) { return alarms(request); })
      .get("/api/v1/events", [this](const net::Request&) {
        return net::Response{.content_type = "text/event-stream", .events = &events_};
      });
  return router;
}

net::Router Dashboard::metrics_routes() {
  net::Router router;
  router.get("/", [](const net::Request&) { return redirect("/metrics"); })
      .get("/metrics", [this](const net::Request& request) { return metrics(request.header("accept")); });
  return router;
}

}  // namespace steward::dashboard
