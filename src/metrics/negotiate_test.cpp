#include "metrics/negotiate.hpp"

#include <gtest/gtest.h>

namespace steward::metrics {
namespace {

TEST(NegotiateTest, APrometheusServerGetsOpenMetrics) {
  EXPECT_EQ(
      negotiate(
          "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
          "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
      Format::openmetrics);
  EXPECT_EQ(negotiate("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                      "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            Format::openmetrics);
}

TEST(NegotiateTest, EverybodyElseGetsText) {
  for (const char* accept :
       {"", " ", "*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "text/plain;version=0.0.4",
        "application/openmetrics-text;version=0.0.1", "application/openmetrics-text;q=0",
        "application/*;q=0.9, text/plain", "nonsense;;;,,,=", "text/plain;q=0.9, */*"})
    EXPECT_EQ(negotiate(accept), Format::text) << accept;
}

TEST(NegotiateTest, TheMostSpecificRangeDecides) {
  EXPECT_DOUBLE_EQ(accept_quality("text/*;q=0.3, text/html;q=0.7, */*;q=0.5", "text/plain"), 0.3);
  EXPECT_DOUBLE_EQ(accept_quality("TEXT/HTML ; Q=0.7, */*;q=0.5", "text/html"), 0.7);
  EXPECT_DOUBLE_EQ(accept_quality("text/*;q=0.3", "application/json"), 0);
  EXPECT_DOUBLE_EQ(accept_quality("a/b;x=\"q=1,c/d\";q=0.2", "c/d"), 0);
  EXPECT_DOUBLE_EQ(accept_quality("a/b;q=7", "a/b"), 0);
  EXPECT_DOUBLE_EQ(accept_quality("", "a/b"), 1);
}

}  // namespace
}  // namespace steward::metrics
