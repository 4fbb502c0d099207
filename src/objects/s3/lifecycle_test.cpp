#include "objects/s3/lifecycle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "objects/stores_under_test.hpp"

namespace steward::objects {
namespace {

TEST(BucketLifecycle, AFolderHasNone) {
  EXPECT_EQ(Code::invalid, open_lifecycle("file:///var/lib/x").error().code());
}

/// Against a real server (e2e.objects).
class RealLifecycle : public ::testing::TestWithParam<std::string> {};

TEST_P(RealLifecycle, RulesThatWereReplacedAreReadBack) {
  const auto lifecycle = open_lifecycle("s3://steward-test/prefix", {.endpoint = GetParam()});
  ASSERT_TRUE(lifecycle) << lifecycle.error().text();
  EXPECT_EQ("", (*lifecycle)->read().value());
  const Status put = (*lifecycle)
                         ->replace(
                             "<LifecycleConfiguration><Rule><ID>steward-ia</ID><Filter><Prefix>prefix/</"
                             "Prefix></Filter><Status>Enabled</Status>"
                             "<Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></"
                             "Transition></Rule></LifecycleConfiguration>");
  ASSERT_TRUE(put) << put.error().text();
  const auto back = (*lifecycle)->read();
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_THAT(*back, ::testing::HasSubstr("steward-ia"));
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RealLifecycle);
INSTANTIATE_TEST_SUITE_P(Real, RealLifecycle, ::testing::ValuesIn(real_servers()));

}  // namespace
}  // namespace steward::objects
