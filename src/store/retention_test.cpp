#include "store/retention.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "journal/test_folder.hpp"
#include "os/files.hpp"
#include "store/engine.hpp"

namespace steward::store {
namespace {

using journal::eventually;
using journal::TestFolder;

constexpr const char* kRuns[] = {"01ARZ3NDEKTSV4RRFFQ69G5FA1", "01ARZ3NDEKTSV4RRFFQ69G5FA2",
                                 "01ARZ3NDEKTSV4RRFFQ69G5FA3"};

void make_old(const TestFolder& folder, const char* run, int days) {
  const auto then = std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * days);
  std::filesystem::last_write_time(folder.segment("racing", run), then);
  std::filesystem::last_write_time(folder.run_folder("racing", run), then);
}

TEST(Retention, finds_old_runs_that_are_over_oldest_first_and_spares_the_newest) {
  const TestFolder folder;
  journal::DoneRuns done;
  for (const char* run : kRuns) folder.append("racing", run, "{}");
  make_old(folder, kRuns[0], 100), make_old(folder, kRuns[1], 200), make_old(folder, kRuns[2], 300);
  const WallNs before = SystemClock().wall() - 90 * 24 * 3600 * kSecond;
  EXPECT_TRUE(find_old_runs(folder.path(), done, before, 9).empty()) << "none is over";
  for (const char* run : kRuns) done.add("racing", run);
  const auto old = find_old_runs(folder.path(), done, before, 9);
  ASSERT_EQ(old.size(), 2U);
  EXPECT_EQ(old[0].run, kRuns[1]);
  EXPECT_EQ(find_old_runs(folder.path(), done, before, 1).size(), 1U);
  ASSERT_TRUE(delete_run(old[0]));
  EXPECT_FALSE(exists(folder.run_folder("racing", kRuns[1])));
  forget_deleted(folder.path(), done);
  EXPECT_FALSE(done.contains("racing", kRuns[1]));
  EXPECT_TRUE(done.contains("racing", kRuns[0]));
}

TEST(Retention, totals_survive_the_deletion_of_journals_and_of_state_db) {
  const TestFolder folder;
  SystemClock clock;
  for (const char* run : kRuns) {
    folder.append("racing", run,
                  fmt::format(R"({{"t":1,"type":"order.placed","customer_order_ref":"{}"}})", run));
  }
  make_old(folder, kRuns[0], 100);
  EngineOptions options;
  options.state_folder = folder.path();
  const auto orders = [](const Engine& engine) {
    return engine.read([](const state::Model& model) { return model.total_orders(); });
  };
  {
    Engine engine(options, clock);
    ASSERT_TRUE(engine.start());
    ASSERT_TRUE(eventually([&] { return engine.facts().runs_deleted == 1; })) << engine.facts().trouble;
    EXPECT_EQ(orders(engine), 3);
  }
  EXPECT_FALSE(exists(folder.run_folder("racing", kRuns[0])));
  std::filesystem::remove(folder.path() + "/agent/state.db");
  Engine engine(options, clock);
  ASSERT_TRUE(engine.start());
  ASSERT_TRUE(eventually([&] { return engine.facts().caught_up; }));
  EXPECT_EQ(orders(engine), 3);
}

}  // namespace
}  // namespace steward::store
