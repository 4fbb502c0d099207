#include "objects/s3/lifecycle.hpp"

#include <gtest/gtest.h>

#include "objects/s3/lifecycle_text.hpp"
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
  EXPECT_EQ("", (*lifecycle)->read().value().xml);
  const LifecycleRule rule{.id = "steward-ia", .prefix = "prefix/", .moves = {{30, "STANDARD_IA"}}};
  const Status put = (*lifecycle)->replace({LifecycleText::parse("").value().with({}, {rule}), ""});
  ASSERT_TRUE(put) << put.error().text();
  const auto back = (*lifecycle)->read();
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_TRUE(LifecycleText::parse(back->xml).value().has(rule)) << back->xml;
  ASSERT_TRUE((*lifecycle)->replace({}));
  EXPECT_EQ("", (*lifecycle)->read().value().xml);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RealLifecycle);
INSTANTIATE_TEST_SUITE_P(Real, RealLifecycle, ::testing::ValuesIn(real_servers()));

}  // namespace
}  // namespace steward::objects
