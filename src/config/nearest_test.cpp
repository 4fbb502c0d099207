#include "config/nearest.hpp"

#include <gtest/gtest.h>

namespace steward::config {
namespace {

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string_view> keys{"restart", "restart_delay", "user", "gate"};
  EXPECT_EQ(nearest("restat", keys), "restart");
  EXPECT_EQ(nearest("retsart", keys), "restart");
  EXPECT_EQ(nearest("restart_dely", keys), "restart_delay");
  EXPECT_EQ(nearest("usr", keys), "user");
}

TEST(Nearest, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest("colour", {"user", "gate"}), "");
  EXPECT_EQ(nearest(std::string(100'000, 'a'), {"user"}), "");
  EXPECT_EQ(nearest("x", {}), "");
}

}  // namespace
}  // namespace steward::config
