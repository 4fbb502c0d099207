#include "dashboard/dashboard.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "net/http_connection.hpp"

namespace steward::dashboard {
namespace {

namespace json = boost::json;

/// Facts that a test sets.
struct FixedFacts final : Facts {
  Overview overview() override {
    ++asked;
    return now;
  }
  OrderPage orders(const OrderQuery& query) override {
    last_query = query;
    return page;
  }
  AlarmPage alarms(const AlarmQuery& query) override {
    last_alarm_query = query;
    return alarm_page;
  }
  Overview now;
  OrderPage page;
  OrderQuery last_query;
  AlarmPage alarm_page;
  AlarmQuery last_alarm_query;
  int asked = 0;
};

struct DashboardTest : testing::Test {
  DashboardTest() {
    Overview& now = facts.now;
    now.now = 1'700'000'000 * kSecond;
    now.timezone = "Europe/London", now.currency = "GBP", now.version = "1.2.3", now.uptime_ns = 90 * kSecond;
    now.total_orders = 12, now.active_positions = 3, now.active_strategies = 2, now.active_markets = 4;
    now.daily_pnl = {{"GBP", 1250}, {"", 50}, {"EUR", -300}};
    BotView racing;
    racing.bot.name = "racing", racing.bot.state = "ready", racing.bot.pid = 7;
    racing.bot.started_at = now.now - 60 * kSecond;
    racing.currency = "GBP", racing.daily_pnl = -205;
    racing.log.lines = {0, 9, 2, 4, 1, 3}, racing.log.last_error = "lost the session";
    now.bots.push_back(racing);
    state::Order order;
    order.bot = "racing", order.strategy = "odd", order.customer_order_ref = "r1", order.market_id = "1.1";
    order.price = 350, order.size = 200, order.status = state::OrderStatus::executable,
    order.created = now.now;
    facts.page.orders.emplace_back(41, order);
  }

  net::Response get(std::string path, std::string_view query = {}, std::string_view accept = "*/*") {
    net::Request request{.method = "GET", .path = std::move(path), .query = query};
    request.headers.push_back({"Accept", accept});
    return routes(request);
  }
  json::value get_json(std::string path, std::string_view query = {}) {
    const net::Response response = get(std::move(path), query);
    EXPECT_EQ(response.content_type, "application/json");
    return json::parse(response.content->bytes());
  }

  FixedFacts facts;
  ManualClock clock;
  int renders = 0;
  bool complete = true;
  Dashboard dashboard{facts,
                      [this](std::string_view accept) -> Result<Exposition> {
                        ++renders;
                        if (!complete) return fail(Code::unavailable, "not yet");
                        return Exposition{"text/plain; version=0.0.4", "for " + std::string(accept) + "\n"};
                      },
                      clock};
  net::Router routes = dashboard.routes();
};

TEST_F(DashboardTest, HealthSaysItInStatusAndBody) {
  const json::value health = get_json("/health");
  EXPECT_EQ(health.at("status"), "healthy");
  EXPECT_EQ(health.at("timestamp"), "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(health.at("active_strategies"), 2);
  EXPECT_EQ(health.at("active_markets"), 4);
  EXPECT_TRUE(health.at("reasons").as_array().empty());
  facts.now.health.keeper_reachable = false;
  clock.advance(kSecond);
  const net::Response unhealthy = get("/health");
  EXPECT_EQ(unhealthy.status, 503);
  EXPECT_EQ(json::parse(unhealthy.content->bytes()).at("status"), "unhealthy");
  facts.now.health = {.recent_bad_lines = 1};
  clock.advance(kSecond);
  EXPECT_EQ(get("/health").status, 200);
}

TEST_F(DashboardTest, BackupsAreShownAloneAndWithTheState) {
  backup::JobView& view = facts.now.backups.emplace_back();
  view.name = "trading", view.runs.failures = 2, view.run_error = "the store does not answer";
  view.run_plan.next = 1'700'000'060 * kSecond;
  const json::value shown = get_json("/api/v1/backups").at("backups").at(0);
  EXPECT_EQ(shown.at("name"), "trading");
  EXPECT_EQ(shown.at("failures"), 2);
  EXPECT_EQ(shown.at("last").at("error"), "the store does not answer");
  EXPECT_EQ(shown.at("next"), "2023-11-14T22:14:20.000Z");
  EXPECT_EQ(get_json("/api/v1/state").at("backups").at(0), shown);
}

TEST_F(DashboardTest, MetricsAreNumbersForPeopleWithTheirCurrency) {
  const json::value numbers = get_json("/metrics");
  EXPECT_EQ(numbers.at("currency"), "GBP");
  EXPECT_EQ(numbers.at("daily_pnl").as_double(), 13.0);  // what has no currency is in the configured one
  EXPECT_EQ(numbers.at("daily_pnl_by_currency").at("EUR").as_double(), -3.0);
  EXPECT_EQ(numbers.at("total_orders"), 12);
  EXPECT_EQ(numbers.at("active_positions"), 3);
  EXPECT_EQ(numbers.at("system_uptime").to_number<double>(), 90);
}

TEST_F(DashboardTest, MetricsAreTextForThoseWhoAskForIt) {
  const net::Response text = get("/metrics", {}, "text/plain;version=0.0.4;q=0.5,*/*;q=0.1");
  EXPECT_EQ(text.content_type, "text/plain; version=0.0.4");
  EXPECT_EQ(text.content->bytes(), "for text/plain;version=0.0.4;q=0.5,*/*;q=0.1\n");
  EXPECT_TRUE(wants_text("application/openmetrics-text;version=1.0.0,*/*;q=0.1"));
  EXPECT_FALSE(wants_text("text/html,application/xhtml+xml,*/*;q=0.8"));
  EXPECT_FALSE(wants_text("application/json, text/plain;q=0.9"));
  EXPECT_FALSE(wants_text(""));
  net::Request request{.method = "GET", .path = "/metrics"};
  EXPECT_EQ(dashboard.metrics_routes()(request).content->bytes(), "for \n");
}

TEST_F(DashboardTest, MetricsThatAreNotCompleteAreNotShown) {
  complete = false;
  EXPECT_EQ(get("/metrics", {}, "text/plain").status, 503);
  complete = true;
  clock.advance(100 * kMillisecond);
  EXPECT_EQ(get("/metrics", {}, "text/plain").status, 200);
}

TEST_F(DashboardTest, AnswersAreSharedForATenthOfASecond) {
  for (int i = 0; i < 10; ++i) get("/health"), get("/metrics", {}, "text/plain");
  EXPECT_EQ(facts.asked, 1);
  EXPECT_EQ(renders, 1);
  clock.advance(100 * kMillisecond);
  get("/health"), get("/metrics", {}, "text/plain");
  EXPECT_EQ(facts.asked, 2);
  EXPECT_EQ(renders, 2);
}

TEST_F(DashboardTest, StateHasAllThatThePageShows) {
  const json::value state = get_json("/api/v1/state");
  EXPECT_EQ(state.at("timezone"), "Europe/London");
  const json::value& bot = state.at("bots").at(0);
  EXPECT_EQ(bot.at("name"), "racing");
  EXPECT_EQ(bot.at("daily_pnl").as_double(), -2.05);
  EXPECT_EQ(bot.at("currency"), "GBP");
  EXPECT_TRUE(bot.at("last_exit").is_null());
  EXPECT_TRUE(bot.at("memory_bytes").is_null());
  EXPECT_EQ(bot.at("log").at("errors"), 5);
  EXPECT_EQ(bot.at("log").at("warning"), 2);
  EXPECT_EQ(bot.at("log").at("last_error"), "lost the session");
  EXPECT_EQ(state.at("orders").at(0).at("price").as_double(), 3.5);
  EXPECT_EQ(get_json("/api/v1/bots").at("bots").at(0), bot);
}

TEST_F(DashboardTest, OrdersArePagedAndFiltered) {
  facts.page.more = true;
  const json::value page =
      get_json("/api/v1/orders", "limit=1&after=99&bot=racing&strategy=a%20b&status=executable");
  EXPECT_EQ(page.at("next"), "41");
  EXPECT_EQ(page.at("orders").at(0).at("customer_order_ref"), "r1");
  EXPECT_EQ(page.at("currency"), "GBP");
  EXPECT_EQ(facts.last_query.limit, 1U);
  EXPECT_EQ(facts.last_query.after, 99);
  EXPECT_EQ(facts.last_query.bot, "racing");
  EXPECT_EQ(facts.last_query.strategy, "a b");
  EXPECT_EQ(facts.last_query.status, state::OrderStatus::executable);
  facts.page.more = false;
  EXPECT_TRUE(get_json("/api/v1/orders").at("next").is_null());
}

TEST_F(DashboardTest, ABadQuerySaysWhatWasExpected) {
  for (const char* query : {"limit=0", "limit=501", "limit=x", "after=-1", "status=lost"}) {
    const net::Response response = get("/api/v1/orders", query);
    EXPECT_EQ(response.status, 400) << query;
    const json::value error = json::parse(response.content->bytes()).at("error");
    EXPECT_EQ(error.at("code"), "invalid");
    EXPECT_NE(error.at("message").as_string().find("must be"), json::string::npos);
  }
}

TEST_F(DashboardTest, ThePageLoadsNothingFromElsewhere) {
  const net::Response page = get("/dashboard");
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  const std::string& html = page.content->bytes();
  EXPECT_TRUE(html.starts_with("<!doctype html>"));
  EXPECT_TRUE(html.ends_with("</html>\n"));
  for (const char* outside : {"src=\"http", "href=\"http", "@import", "innerHTML"})
    EXPECT_EQ(html.find(outside), std::string::npos);
  ASSERT_EQ(page.headers.front().first, "Content-Security-Policy");
  EXPECT_NE(page.headers.front().second.find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(page.headers.front().second.find("unsafe"), std::string::npos);
}

TEST_F(DashboardTest, PublishesTheStateToPagesThatListen) {
  net::HttpService service;
  service.clock = &clock;
  service.handler = routes;
  net::HttpConnection connection(service, clock.mono());
  dashboard.publish();
  EXPECT_EQ(facts.asked, 0);  // nobody listens: nothing is made
  connection.received("GET /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n", clock.mono());
  connection.sent(connection.output().size(), clock.mono());
  dashboard.publish();
  const std::string event(connection.output());
  ASSERT_TRUE(event.starts_with("data: {")) << event;
  EXPECT_EQ(json::parse(event.substr(6, event.size() - 8)), get_json("/api/v1/state"));
}

TEST_F(DashboardTest, AlarmsComeInPagesAndByState) {
  alerts::Alarm alarm{.fingerprint = 0xda7f, .rule = "daily-loss", .labels = {{"strategy", "odd"}}};
  alarm.state = alerts::AlarmState::firing, alarm.severity = alerts::Severity::critical;
  alarm.summary = "odd is at -205", alarm.firing_since = facts.now.now;
  facts.alarm_page = {{{alarm, 3, false}}, true};
  const json::value answer = get_json("/api/v1/alerts", "limit=1&after=4&state=firing");
  EXPECT_EQ(facts.last_alarm_query.limit, 1U);
  EXPECT_EQ(facts.last_alarm_query.after, 4);
  EXPECT_EQ(facts.last_alarm_query.state, alerts::AlarmState::firing);
  const json::object& shown = answer.at("alarms").at(0).as_object();
  EXPECT_EQ(shown.at("id"), "000000000000da7f");
  EXPECT_EQ(shown.at("severity"), "critical");
  EXPECT_EQ(shown.at("labels").at("strategy"), "odd");
  EXPECT_EQ(shown.at("firing_since"), "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(shown.at("silence"), 3);
  EXPECT_EQ(answer.at("next"), "5");
  for (const char* wrong : {"limit=0", "limit=501", "after=x", "state=resolved"})
    EXPECT_EQ(get("/api/v1/alerts", wrong).status, 400) << wrong;
}

}  // namespace
}  // namespace steward::dashboard
