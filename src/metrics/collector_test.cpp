#include "metrics/collector.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>

#include "metrics/scrape/scraped.hpp"
#include "os/files.hpp"
#include "state/rows.hpp"

namespace steward::metrics {
namespace {

/// A small trading system, every fact of which is there.
class CollectorTest : public testing::Test {
 protected:
  void SetUp() override {
    fill_bot();
    fill_trading();
    fill_sources();
  }
  void fill_bot() {
    state::Bot bot;
    bot.name = "racing", bot.state = "ready", bot.run = "RUN1", bot.restarts = 3;
    bot.exits = {{"0", 1}, {"SIGKILL", 2}};
    bot.started_at = now_ - 60 * kSecond;
    bot.last_exit.at = now_ - 61 * kSecond;
    bot.last_event = now_ - 250 * kMillisecond;
    bot.journal_events = 10, bot.journal_bad_lines = 1, bot.gate_epoch = 4;
    bot.errors = {{"INVALID_SESSION", 2}};
    bot.stream_age_ns = 20 * kMillisecond, bot.stream_lag_ns = 5 * kMillisecond, bot.stream_markets = 7;
    bot_ = &model_.bots.add(std::move(bot)).row;
    state::Keeper keeper;
    keeper.started_at = now_ - 2 * kSecond;
    keeper.troubles = {{"disk", "no space left"}};
    model_.keepers.add(std::move(keeper));
  }
  void fill_trading() {
    for (const auto& [market_type, count] : {std::pair("WIN", 12), std::pair("PLACE", 3)}) {
      state::OrdersPlaced placed;
      placed.bot = "racing", placed.strategy = "fav", placed.market_type = market_type, placed.count = count;
      model_.placed.add(std::move(placed));
    }
    state::StrategyLatency latency;
    latency.bot = "racing", latency.strategy = "fav";
    latency.buckets[3] = 14, latency.buckets[14] = 1, latency.count = 15, latency.sum_ns = 6'014'000'000;
    model_.latencies.add(std::move(latency));
    for (const char* bot : {"racing", "racing-2"}) {
      state::Profit profit;
      profit.bot = bot, profit.strategy = "fav", profit.currency = "GBP";
      profit.realized = 1234, profit.commission = 62, profit.unrealized = -250;
      profit.day_realized = 300, profit.day_commission = 15;
      profit.high = 100, profit.high_booked = 285, profit.high_day = model_.today;
      model_.profits.add(std::move(profit));
    }
    state::ScrapedStrategy elsewhere;
    elsewhere.bot = "other", elsewhere.strategy = "drifter", elsewhere.unrealized = 120;
    model_.scraped_strategies.add(std::move(elsewhere));
    add_order("1", state::OrderStatus::executable, false);
    add_order("2", state::OrderStatus::unknown, false);
    add_order("3", state::OrderStatus::unknown, true);
    fill_senses();
    state::Series turns;
    turns.bot = "racing", turns.name = "turns_total", turns.value = 5, turns.counter = true;
    turns.labels = {{"bot", "inner"}, {"loop", "main"}};
    model_.series.add(std::move(turns));
    state::Series ours;
    ours.bot = "racing", ours.name = "active_positions", ours.value = 9;
    model_.series.add(std::move(ours));
  }
  void fill_senses() {
    state::Market market;
    market.bot = "racing", market.market_id = "1.1", market.in_play = true;
    model_.markets.add(std::move(market));
    model_.activities.add(
        {.bot = "racing", .strategy = "fav", .rejected = 4, .since = now_ - 5 * 24 * state::kHour});
    model_.hours.add(
        {.bot = "racing", .strategy = "fav", .hour = now_ / state::kHour, .placed = 3, .transactions = 5});
    for (int i = 0; i < 50; ++i) model_.recent_latency["fav"].add(now_, 20 * kMillisecond);
    state::Bot agent;
    agent.name = "agent", agent.restarts = 2;
    model_.bots.add(std::move(agent));
  }
  void add_order(const char* ref, state::OrderStatus status, bool ended) {
    state::Order order;
    order.bot = "racing", order.strategy = "fav", order.customer_order_ref = ref;
    order.status = status, order.ended = ended;
    order.market_id = "1.1", order.size_remaining = 1000, order.price = 300, order.back = false;
    order.created = now_ - 90 * kSecond;
    const std::int64_t id = model_.orders.add(std::move(order)).id;
    if (!ended) model_.open_orders.insert(id);
  }
  void fill_sources() {
    sources_.now = now_;
    BotFacts facts;
    facts.usage = Usage{.cpu_ns = 2'500'000'000, .memory_bytes = 1 << 20, .open_fds = 9, .processes = 2};
    facts.watchdog_ns = 30 * kSecond;
    facts.memory_growth_per_hour = 1048576.4;
    facts.scrape =
        ScrapeFacts{.up = true, .scrapes = 3, .failures = 1, .duration_ns = kMillisecond, .samples = 40};
    log_.lines = {0, 7, 2, 3, 1, 20}, log_.files_skipped = 1;
    facts.log = &log_;
    sources_.bot_facts["racing"] = facts;
    sources_.host = HostFacts{.cpus = 2, .cpu_ratio = 0.25, .memory_total = 1000, .memory_available = 250};
    disk_.mount_point = "/data", disk_.size_bytes = 100, disk_.used_bytes = 40, disk_.available_bytes = 60;
    disk_.inodes = 10, disk_.inodes_free = 5, disk_.full_in_ns = 7200 * kSecond;
    sources_.host->pressure[1] = {.some = 0.125, .full = 0.5};
    sources_.host->open_fds = 800, sources_.host->max_fds = 100'000;
    sources_.host->clock = ClockSync{.synchronized = true, .offset_ns = -1'500'000};
    endpoint_ = {.name = "api", .known = true, .up = true, .error = {}, .latency_ns = 30 * kMillisecond};
    endpoint_.tls_expires = now_ - kSecond;
    sources_.endpoints = {&endpoint_, 1};
    sources_.config_changed = true;
    sources_.disks = {&disk_, 1};
    sources_.state_disk = &disk_;
    sources_.boot_id = "b00t", sources_.boot_time = now_ - 3600 * kSecond;
    sources_.version = "0.1.0", sources_.agent_run = "AGENT1", sources_.agent_started = now_ - kSecond;
    sources_.keeper_up = true;
    sources_.keeper = ProcessStat{.cpu_ns = 10'000'000, .memory_bytes = 2 << 20, .start_ticks = 7};
    sources_.engine = {.events = 100, .bytes = 5000, .bad_lines = 1, .last_commit = now_};
    sources_.alerts.alarms[{"critical", "firing"}] = 2;
    sources_.alerts.channels = {
        {.name = "slack", .delivered = 7, .failed = 2, .refused = 1, .pending = 3, .last_delivery = now_}};
    backup::JobView& backup = sources_.backups.emplace_back();
    backup.name = "trading", backup.scheduled = backup.rehearsed = true;
    backup.facts.made = {.time = "t", .started = now_ - 60 * kSecond, .finished = now_ - 50 * kSecond};
    backup.facts.made.bytes = 4096, backup.facts.made.bytes_stored = 512;
    backup.facts.proved = {
        .time = "t", .started = now_ - 3600 * kSecond, .finished = now_, .took_ns = kSecond};
    backup.runs = {.failures = 2, .running = true};
    backup.run_plan.overdue_since = now_ - 30 * kSecond;
    backup.proof_wanted_by = now_ + kSecond;
    backup.shipped = {.behind_since = now_ - 2 * kSecond, .behind_bytes = 77};
    sources_.listeners = {{.name = "metrics", .requests = 5, .bad_requests = 1}};
  }
  std::string shown(Format format = Format::text) {
    collector_.collect(sources_, model_);
    std::string text;
    collector_.render(format, text);
    return text;
  }
  void expect_line(const std::string& line) {
    EXPECT_NE(("\n" + text_).find("\n" + line + "\n"), std::string::npos) << line << "\nis not in\n" << text_;
  }

  logs::Tally log_;
  WallNs now_ = 1'700'000'000 * kSecond;
  state::Model model_;
  state::Bot* bot_ = nullptr;  ///< in the model
  Disk disk_;
  EndpointFacts endpoint_;
  Sources sources_;
  RunTotals totals_;
  Collector collector_{totals_};
  std::string text_;
};

TEST_F(CollectorTest, ShowsTheNamesThatTradersKnow) {
  text_ = shown();
  expect_line("orders_placed_total{strategy=\"fav\",market_type=\"WIN\"} 12");
  expect_line("orders_placed_total{strategy=\"fav\",market_type=\"PLACE\"} 3");
  expect_line("order_placement_duration_seconds_bucket{le=\"0.0005\"} 0");
  expect_line("order_placement_duration_seconds_bucket{le=\"0.001\"} 14");
  expect_line("order_placement_duration_seconds_bucket{le=\"5.0\"} 14");
  expect_line("order_placement_duration_seconds_bucket{le=\"+Inf\"} 15");
  expect_line("order_placement_duration_seconds_sum 6.014");
  expect_line("order_placement_duration_seconds_count 15");
  expect_line("active_positions{strategy=\"fav\"} 0");
  expect_line("unrealized_pnl{strategy=\"fav\"} -5.00");
  expect_line("realized_pnl{strategy=\"fav\"} 24.68");
  expect_line("daily_pnl{strategy=\"fav\"} 0.70");
  expect_line("daily_pnl{strategy=\"drifter\"} 1.20");
  expect_line("open_orders{strategy=\"fav\"} 1");
  expect_line("unknown_orders{strategy=\"fav\"} 1");
}

TEST_F(CollectorTest, ShowsABotsLifeAndItsSilence) {
  text_ = shown();
  expect_line("steward_bot_up{bot=\"racing\"} 1");
  expect_line("steward_bot_log_lines_total{bot=\"racing\",level=\"error\"} 3");
  expect_line("steward_bot_log_lines_total{bot=\"racing\",level=\"other\"} 20");
  expect_line("steward_bot_log_files_skipped_total{bot=\"racing\"} 1");
  expect_line("steward_bot_state{bot=\"racing\",state=\"ready\"} 1");
  expect_line("steward_bot_state{bot=\"racing\",state=\"backing-off\"} 0");
  expect_line("steward_bot_exits_total{bot=\"racing\",code=\"SIGKILL\"} 2");
  expect_line("steward_bot_journal_age_seconds{bot=\"racing\"} 0.25");
  expect_line("steward_bot_cpu_seconds_total{bot=\"racing\"} 2.5");
  bot_->last_event = 0;
  bot_->state = "unready";
  text_ = shown();
  expect_line("steward_bot_journal_age_seconds{bot=\"racing\"} 60");
  expect_line("steward_bot_up{bot=\"racing\"} 0");
  bot_->removed = true;
  EXPECT_EQ(shown().find("steward_bot_up{bot=\"racing\""), std::string::npos);
}

TEST_F(CollectorTest, ShowsHowTheBackupsStand) {
  text_ = shown();
  for (const char* sample :
       {"age_seconds{backup=\"trading\"} 60", "overdue_seconds{backup=\"trading\"} 30",
        "failures_in_a_row{backup=\"trading\"} 2", "running{backup=\"trading\",what=\"run\"} 1",
        "running{backup=\"trading\",what=\"drill\"} 0", "last_duration_seconds{backup=\"trading\"} 10",
        "size_bytes{backup=\"trading\"} 4096", "stored_bytes{backup=\"trading\"} 512",
        "proved_age_seconds{backup=\"trading\"} 3600", "proof_overdue_seconds{backup=\"trading\"} 0",
        "restore_duration_seconds{backup=\"trading\"} 1", "drill_failures_in_a_row{backup=\"trading\"} 0",
        "exposure_seconds{backup=\"trading\"} 2", "exposure_bytes{backup=\"trading\"} 77"})
    expect_line("steward_backup_" + std::string(sample));
}

TEST_F(CollectorTest, OfABackupThatWasNeverMadeNothingIsShownThatNobodyKnows) {
  sources_.backups[0] = {};
  sources_.backups[0].name = "new";
  text_ = shown();
  expect_line("steward_backup_failures_in_a_row{backup=\"new\"} 0");
  for (const char* name : {"age_seconds", "proved_age_seconds", "overdue_seconds", "exposure_seconds",
                           "exposure_bytes", "size_bytes", "drill_failures_in_a_row"})
    EXPECT_EQ(text_.find(std::string("steward_backup_") + name + "{"), std::string::npos) << name;
  sources_.backups.clear();
  EXPECT_EQ(shown().find("backup=\""), std::string::npos) << "a job that was taken out";
}

TEST_F(CollectorTest, ShowsWhatRulesJudgeBy) {
  text_ = shown();
  expect_line("steward_order_latency_seconds{strategy=\"fav\",quantile=\"0.99\"} 0.021618817");
  expect_line("steward_orders_rejected_total{strategy=\"fav\"} 4");
  expect_line("steward_order_oldest_unmatched_seconds{strategy=\"fav\"} 90");
  expect_line("steward_exposure{strategy=\"fav\"} 40.00");
  expect_line("steward_daily_drawdown{strategy=\"fav\"} 1.30");
  expect_line("steward_orders_usual_ratio{strategy=\"fav\"} 4");
  expect_line("steward_transactions_hour 5");
  expect_line("steward_in_play_open_orders{strategy=\"fav\"} 2");
  expect_line("steward_bot_open_markets{bot=\"racing\"} 1");
  expect_line("steward_bot_memory_growth_bytes_per_hour{bot=\"racing\"} 1048576");
  expect_line("steward_host_pressure_ratio{resource=\"memory\",kind=\"full\"} 0.5");
  expect_line("steward_host_clock_offset_seconds -0.0015");
  expect_line("steward_host_disk_full_seconds{mountpoint=\"/data\"} 7200");
  expect_line("steward_endpoint_tls_expiry_seconds{endpoint=\"api\"} -1");
  expect_line("steward_agent_restarts_total 2");
  expect_line("steward_config_changed 1");
  EXPECT_EQ(text_.find("resource=\"cpu\""), std::string::npos) << "not known, not shown";
}

TEST_F(CollectorTest, CountersGoOnOverRunsOfBotAgentAndKeeper) {
  shown();
  totals_ = RunTotals::parse(totals_.text()).value();
  bot_->run = "RUN2", sources_.agent_run = "AGENT2", sources_.keeper->start_ticks = 8;
  sources_.bot_facts["racing"].usage->cpu_ns = kSecond;
  sources_.engine.events = 1, sources_.listeners[0].requests = 2;
  text_ = shown();
  expect_line("steward_bot_cpu_seconds_total{bot=\"racing\"} 3.5");
  expect_line("steward_keeper_cpu_seconds_total 0.02");
  expect_line("steward_state_events_total 101");
  expect_line("steward_http_requests_total{listener=\"metrics\"} 7");
  sources_.bot_facts.clear();  // the bot does not run now
  text_ = shown();
  expect_line("steward_bot_cpu_seconds_total{bot=\"racing\"} 3.5");
  EXPECT_EQ(text_.find("steward_bot_memory_bytes{"), std::string::npos);
}

TEST_F(CollectorTest, ABotsOwnSeriesKeepTheirNamesUnlessTheyAreOurs) {
  text_ = shown();
  expect_line("turns_total{bot=\"racing\",exported_bot=\"inner\",loop=\"main\"} 5");
  expect_line("bot_active_positions{bot=\"racing\"} 9");
  state::Series bad;
  bad.bot = "racing", bad.name = "not a name";
  model_.series.add(std::move(bad));
  shown();
  text_ = shown();
  expect_line("steward_metrics_samples_dropped{reason=\"invalid\"} 1");
}

TEST_F(CollectorTest, ShowsAlarmsAndTheirChannels) {
  text_ = shown();
  expect_line("steward_alarms{severity=\"critical\",state=\"firing\"} 2");
  expect_line("steward_alert_notifications_total{channel=\"slack\",result=\"delivered\"} 7");
  expect_line("steward_alert_notifications_total{channel=\"slack\",result=\"refused\"} 1");
  expect_line("steward_alert_delivery_failures_total{channel=\"slack\"} 2");
  expect_line("steward_alert_outbox_pending{channel=\"slack\"} 3");
  expect_line("steward_alert_last_delivery_time_seconds{channel=\"slack\"} 1700000000");
  sources_.agent_run = "AGENT2", sources_.alerts.channels[0].failed = 1;
  text_ = shown();
  expect_line("steward_alert_delivery_failures_total{channel=\"slack\"} 3");
}

TEST_F(CollectorTest, TheGoldenListHasEveryNameAndEveryNameIsShown) {
  std::ifstream golden(STEWARD_SOURCE_DIR "/tests/data/metric_names.txt");
  std::vector<std::string> names;
  for (std::string line; std::getline(golden, line);) names.push_back(line);
  std::vector<std::string> ours;
  for (const Definition& metric : catalogue()) ours.emplace_back(metric.name);
  EXPECT_EQ(names, ours) << "tests/data/metric_names.txt: names are a promise; see docs/metrics.md";
  std::set<std::string> with_samples;
  for (const auto& sample : parse_exposition(shown())->samples) with_samples.insert(sample.name);
  for (const std::string& name : ours)
    EXPECT_TRUE(with_samples.contains(name) || with_samples.contains(name + "_count")) << name;
}

TEST_F(CollectorTest, TheDocumentHasTheCataloguesTable) {
  const auto document = read_file(STEWARD_SOURCE_DIR "/docs/metrics.md", 1 << 20);
  ASSERT_TRUE(document);
  EXPECT_NE(document->find(catalogue_table()), std::string::npos) << "docs/metrics.md should hold:\n"
                                                                  << catalogue_table();
}

/// As CollectorTest, and a bot's own metrics of every kind as prometheus_client writes them.
class ScrapedBotTest : public CollectorTest {
 protected:
  void SetUp() override {
    CollectorTest::SetUp();
    const auto text =
        read_file(STEWARD_SOURCE_DIR "/tests/data/corpus/scraped_text/client_openmetrics", 1 << 20);
    for (auto& series : interpret(*parse_exposition(text.value()), "racing").scraped.series)
      model_.series.add(std::move(series));
  }
};

TEST_F(ScrapedBotTest, ShowsTheBotsSeriesUnderTheirNames) {
  text_ = shown();
  expect_line("loop_seconds_sum{bot=\"racing\"} 0.5");
  expect_line("odd{bot=\"racing\"} NaN");
  expect_line("mode{bot=\"racing\",mode=\"b\"} 1");
  expect_line("bot_info{bot=\"racing\",version=\"1.2\\n\\\"q\\\"\\\\\"} 1");
  expect_line("steward_metrics_samples_dropped{reason=\"invalid\"} 0");
}

/// Runs a program with `input`; its exit code, 127 when there is no such program.
int run_with(const std::string& command, const std::string& input) {
  std::FILE* pipe = ::popen((command + " >&2").c_str(), "w");
  if (pipe == nullptr) return 127;
  const bool written = std::fwrite(input.data(), 1, input.size(), pipe) == input.size();
  const int status = ::pclose(pipe);
  return !written ? 1 : WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

TEST_F(ScrapedBotTest, PromtoolFindsNothingToComplainOf) {
  if (run_with("command -v promtool", "") != 0)
    GTEST_SKIP() << "promtool is not installed (apt-get install prometheus)";
  EXPECT_EQ(run_with("promtool check metrics", shown(Format::text)), 0);
}

TEST_F(ScrapedBotTest, PrometheusClientReadsTheOpenMetricsText) {
  const std::string python = STEWARD_SOURCE_DIR "/build/venv/bin/python";
  if (run_with(python + " -c 'import prometheus_client'", "") != 0)
    GTEST_SKIP()
        << "prometheus_client is not in build/venv (./dev test puts it there when PyPI can be reached)";
  EXPECT_EQ(
      run_with(python + " " STEWARD_SOURCE_DIR "/tests/data/read_openmetrics.py", shown(Format::openmetrics)),
      0);
}

}  // namespace
}  // namespace steward::metrics
