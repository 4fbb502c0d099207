#include <gtest/gtest.h>

#include <filesystem>

#include "backup/jobs/configured.hpp"
#include "backup/ship/ship_file.hpp"
#include "journal/test_folder.hpp"

namespace steward::backup {
namespace {

TEST(Unshipped, IsWhatTheLastShipperDidNotShip) {
  const journal::TestFolder folder;
  const std::string run = "01JDK9M1Q3V6Y5Z7ABCDEFGHJK";
  folder.append("racing", run, "{\"a\":1}");
  config::Settings settings;
  settings.state = folder.path();
  config::Backup backup;
  backup.name = "own";
  backup.sources = {"journals"};
  const SystemClock clock;
  EXPECT_EQ(unshipped(backup, settings, clock).behind_bytes, 8);

  std::filesystem::create_directories(work_folder(folder.path()));
  ShipFacts facts;
  facts.looked_at = clock.wall() - kSecond;
  const std::string path = folder.segment("racing", run).substr(1);
  ASSERT_TRUE(write_ship_file(work_folder(folder.path()), "own", facts, {{path, {8, clock.wall()}}}));
  EXPECT_EQ(unshipped(backup, settings, clock).behind_bytes, 0);
  folder.append("racing", run, "{\"a\":22}");
  const ShipFacts now = unshipped(backup, settings, clock);
  EXPECT_EQ(now.behind_bytes, 9);
  EXPECT_EQ(now.behind_since, facts.looked_at);
}

}  // namespace
}  // namespace steward::backup
