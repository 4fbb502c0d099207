#include "store/engine.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>

#include "journal/test_folder.hpp"
#include "state/rows.hpp"
#include "store/sqlite.hpp"

namespace steward::store {
namespace {

using journal::eventually;
using journal::TestFolder;
using state::Model;

constexpr const char* kRun1 = "01ARZ3NDEKTSV4RRFFQ69G5FA1";
constexpr const char* kRun2 = "01ARZ3NDEKTSV4RRFFQ69G5FA2";
constexpr const char* kKeeperRun = "01ARZ3NDEKTSV4RRFFQ69G5FA0";

class EngineTest : public testing::Test {
 protected:
  void start(EngineOptions options = {}) {
    options.state_folder = folder_.path();
    engine_ = std::make_unique<Engine>(options, clock_);
    ASSERT_TRUE(engine_->start().has_value());
  }
  template <class Condition>
  bool soon(Condition condition) {
    return eventually([&] { return engine_->read([&](const Model& model) { return condition(model); }); });
  }
  TestFolder folder_;
  SystemClock clock_;
  std::unique_ptr<Engine> engine_;
};

std::int64_t events_of(const Model& model, const char* bot) {
  return model.bot(bot) == nullptr ? 0 : model.bot(bot)->journal_events;
}

TEST_F(EngineTest, folds_what_is_written_before_and_after_its_start) {
  folder_.append("racing", kRun1,
                 R"({"t":1,"type":"order.placed","customer_order_ref":"a","market_type":"WIN"})");
  start();
  EXPECT_TRUE(soon([](const Model& m) { return m.total_orders() == 1; }));
  folder_.append("racing", kRun1,
                 R"({"t":2,"type":"order.placed","customer_order_ref":"b","market_type":"WIN"})");
  EXPECT_TRUE(soon([](const Model& m) { return m.total_orders() == 2; }));
  EXPECT_EQ(engine_->facts().trouble, "");
}

TEST_F(EngineTest, a_look_shows_what_was_written_before_it) {
  start();
  for (int written = 1; written <= 50; ++written) {
    folder_.append("racing", kRun1, R"({"t":1,"type":"note","text":"x"})");
    if (written == 1) ASSERT_TRUE(soon([](const Model& m) { return events_of(m, "racing") == 1; }));
    engine_->look(60 * kSecond);
    EXPECT_EQ(engine_->read([](const Model& m) { return events_of(m, "racing"); }), written);
  }
}

TEST_F(EngineTest, goes_on_where_the_last_one_was_killed) {
  folder_.append("racing", kRun1, R"({"t":1,"type":"order.placed","customer_order_ref":"a"})");
  start();
  ASSERT_TRUE(soon([](const Model& m) { return m.total_orders() == 1; }));
  engine_->stop();
  folder_.append("racing", kRun1, R"({"t":2,"type":"note","text":"x"})");
  start();
  EXPECT_TRUE(soon([](const Model& m) { return events_of(m, "racing") == 2; }));
  ASSERT_TRUE(eventually([&] { return engine_->facts().events > 0; }));
  EXPECT_EQ(engine_->facts().events, 1);
  EXPECT_EQ(engine_->read([](const Model& m) { return m.total_orders(); }), 1);
}

TEST_F(EngineTest, copies_what_is_committed_for_a_backup_while_it_goes_on) {
  folder_.append("racing", kRun1, R"({"t":1,"type":"order.placed","customer_order_ref":"a"})");
  start();
  ASSERT_TRUE(soon([](const Model& m) { return m.total_orders() == 1; }));
  ASSERT_TRUE(eventually([&] { return engine_->facts().commits > 0; }));
  const auto copied = [&](const std::string& to) {
    std::promise<Status> done;
    engine_->snapshot(to, [&](Status how) { done.set_value(std::move(how)); });
    return done.get_future().get();
  };
  const std::string to = folder_.path() + "/copy.db";
  const Status done = copied(to);
  ASSERT_TRUE(done) << done.error().text();
  auto copy = Db::open(to, Db::Mode::snapshot);
  ASSERT_TRUE(copy);
  EXPECT_EQ(*copy->text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(*copy->number("SELECT count(*) FROM orders"), 1);
  EXPECT_FALSE(copied(folder_.path() + "/nowhere/copy.db"));
}

TEST_F(EngineTest, a_deleted_or_damaged_state_db_is_rebuilt) {
  for (int i = 0; i < 50; ++i) {
    folder_.append("racing", kRun1,
                   fmt::format(R"({{"t":{},"type":"order.placed","customer_order_ref":"{}"}})", i, i));
  }
  start();
  ASSERT_TRUE(soon([](const Model& m) { return m.total_orders() == 50; }));
  engine_->stop();
  const std::string path = folder_.path() + "/agent/state.db";
  std::filesystem::remove(path);
  start();
  ASSERT_TRUE(soon([](const Model& m) { return m.total_orders() == 50; }));
  engine_->stop();
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(0);
    file << std::string(8192, 'x');
  }
  start();
  EXPECT_TRUE(soon([](const Model& m) { return m.total_orders() == 50; }));
  EXPECT_NE(engine_->facts().notice.find("damaged"), std::string::npos);
}

TEST_F(EngineTest, a_run_ends_when_the_keeper_says_so_and_its_simulated_orders_with_it) {
  folder_.append("keeper", kKeeperRun,
                 fmt::format(R"({{"t":1,"type":"bot.started","bot":"racing","run":"{}","pid":7}})", kRun1));
  folder_.append(
      "racing", kRun1,
      R"({"t":2,"type":"order.intent","customer_order_ref":"a","market_id":"1.2","selection_id":3,)"
      R"("side":"BACK","size":2,"price":3.5,"simulated":true})");
  start();
  ASSERT_TRUE(soon([](const Model& m) { return m.orders.size() == 1; }));
  EXPECT_FALSE(engine_->read([](const Model& m) { return m.orders.rows().begin()->second.row.ended; }));
  folder_.append("keeper", kKeeperRun,
                 fmt::format(R"({{"t":3,"type":"bot.exited","bot":"racing","run":"{}","signal":9}})", kRun1));
  EXPECT_TRUE(soon([](const Model& m) { return m.orders.rows().begin()->second.row.ended; }));
  EXPECT_EQ(engine_->read([](const Model& m) { return m.bot("racing")->exits.at("SIGKILL"); }), 1);
}

TEST_F(EngineTest, a_torn_line_of_an_ended_run_is_bad) {
  folder_.append("racing", kRun1, R"({"t":1,"type":"note","text":"x"})");
  folder_.append_raw("racing", kRun1, R"({"t":2,"type":"no)");
  start();
  ASSERT_TRUE(soon([](const Model& m) { return events_of(m, "racing") == 1; }));
  EXPECT_EQ(engine_->facts().bad_lines, 0);
  folder_.append("racing", kRun2, R"({"t":3,"type":"note","text":"y"})");
  EXPECT_TRUE(soon([](const Model& m) { return events_of(m, "racing") == 2; }));
  EXPECT_EQ(engine_->read([](const Model& m) { return m.bad_lines.rows().begin()->second.row.offset; }), 33);
}

TEST_F(EngineTest, a_segment_that_shrank_is_reported_and_not_read_again) {
  folder_.append("racing", kRun1, R"({"t":1,"type":"note","text":"one"})");
  start();
  ASSERT_TRUE(soon([](const Model& m) { return events_of(m, "racing") == 1; }));
  std::filesystem::resize_file(folder_.segment("racing", kRun1), 3);
  EXPECT_TRUE(soon([](const Model& m) { return m.bot("racing")->journal_shrunk == 1; }));
}

TEST_F(EngineTest, an_unknown_zone_is_refused) {
  EngineOptions options;
  options.state_folder = folder_.path(), options.timezone = "Europe/Lundon";
  Engine engine(options, clock_);
  const auto started = engine.start();
  ASSERT_FALSE(started.has_value());
  EXPECT_NE(started.error().message().find("Europe/Lundon"), std::string::npos);
}

TEST_F(EngineTest, what_is_scraped_counts_like_journalled_and_grows_only) {
  start();
  const auto scrape = [&](std::int64_t count) {
    state::Scraped scraped;
    scraped.bot = "flumine";
    scraped.placed.push_back({"alpha", "WIN", count, {}, 0, 0});
    scraped.strategies.push_back({"", "alpha", 3, -250});
    engine_->inject(std::move(scraped));
  };
  const auto total = [&](std::int64_t count) {
    return soon([&](const Model& m) { return m.total_orders() == count; });
  };
  scrape(5);
  ASSERT_TRUE(total(5));
  scrape(8);
  ASSERT_TRUE(total(8));
  scrape(2);  // its process began again
  ASSERT_TRUE(total(10));
  EXPECT_EQ(engine_->read([](const Model& m) { return m.active_positions().at("alpha"); }), 3);
  EXPECT_EQ(engine_->read([](const Model& m) { return m.unrealized().at("alpha"); }), -250);
  engine_->stop();
  start();
  EXPECT_EQ(engine_->read([](const Model& m) { return m.total_orders(); }), 10);
  scrape(3);
  EXPECT_TRUE(total(11));
}

}  // namespace
}  // namespace steward::store
