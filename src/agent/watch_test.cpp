#include <gtest/gtest.h>

#include "agent/clock_watch.hpp"
#include "agent/endpoint_watch.hpp"

namespace steward::agent {
namespace {

/// A time server that answers when told to.
class ClockWatchTest : public testing::Test {
 protected:
  void answer(Result<net::SntpAnswer> what) {
    ASSERT_TRUE(done_);
    std::exchange(done_, nullptr)(std::move(what));
  }
  bool asked_after(std::int64_t ns) {
    clock_.advance(ns);
    watch_.look();
    return done_ != nullptr;
  }
  ManualClock clock_;
  net::SntpClient::Done done_;
  ClockWatch watch_{[this](const std::string&, std::int64_t, net::SntpClient::Done done) { done_ = done; },
                    clock_};
};

TEST_F(ClockWatchTest, WithoutAServerNobodyIsAsked) {
  watch_.look();
  EXPECT_FALSE(done_);
  EXPECT_FALSE(watch_.measured(kSecond));
}

TEST_F(ClockWatchTest, AMeasurementCountsUntilItIsOld) {
  watch_.assign("ntp");
  watch_.look();
  answer(net::SntpAnswer{.offset_ns = -2 * kSecond, .stratum = 2, .kiss = {}});
  EXPECT_EQ(watch_.measured(kSecond)->offset_ns, -2 * kSecond);
  EXPECT_FALSE(watch_.measured(kSecond)->synchronized);
  EXPECT_TRUE(watch_.measured(2 * kSecond)->synchronized);
  EXPECT_FALSE(asked_after(299 * kSecond));
  ASSERT_TRUE(asked_after(kSecond));
  answer(fail(Code::timeout, "no answer in time"));
  EXPECT_EQ(watch_.error(), "no answer in time");
  EXPECT_TRUE(watch_.measured(kSecond));
  clock_.advance(700 * kSecond);
  EXPECT_FALSE(watch_.measured(kSecond));
}

TEST_F(ClockWatchTest, AKissOfDeathIsObeyed) {
  watch_.assign("ntp");
  watch_.look();
  answer(net::SntpAnswer{.kiss = "RATE"});
  EXPECT_FALSE(asked_after(599 * kSecond));
  ASSERT_TRUE(asked_after(kSecond));
  answer(net::SntpAnswer{.kiss = "DENY"});
  EXPECT_FALSE(asked_after(100'000 * kSecond));
  watch_.assign("another");
  EXPECT_TRUE(asked_after(0));
}

TEST_F(ClockWatchTest, AnAnswerOfTheServerBeforeIsNotTaken) {
  watch_.assign("ntp");
  watch_.look();
  const auto late = std::exchange(done_, nullptr);
  watch_.assign("another");
  late(net::SntpAnswer{.offset_ns = kSecond, .kiss = {}});
  EXPECT_FALSE(watch_.measured(kSecond));
}

class EndpointWatchTest : public testing::Test {
 protected:
  EndpointWatchTest() { settings_.health.endpoints = {{.name = "api", .url = "http://api/"}}; }
  void look() {
    watch_.look();
    for (auto& task : std::exchange(tasks_, {})) task();
  }
  ManualClock clock_;
  std::vector<std::function<void()>> tasks_;
  net::MemoryHttpClient client_{[this](std::function<void()> task) { tasks_.push_back(std::move(task)); }};
  EndpointWatch watch_{client_, clock_};
  config::Settings settings_;
};

TEST_F(EndpointWatchTest, ProbesWhenItIsTimeAndTellsWhatIsWrong) {
  client_.put("http://api/", {.status = 200, .took_ns = 5});
  watch_.assign(settings_);
  EXPECT_FALSE(watch_.facts()[0].known);
  look();
  EXPECT_TRUE(watch_.facts()[0].up);
  EXPECT_EQ(watch_.facts()[0].latency_ns, 5);
  client_.put("http://api/", {.status = 500});
  look();
  EXPECT_TRUE(watch_.facts()[0].up) << "not due yet";
  clock_.advance(30 * kSecond);
  look();
  EXPECT_FALSE(watch_.facts()[0].up);
  EXPECT_EQ(watch_.facts()[0].error, "it answered 500");
}

TEST_F(EndpointWatchTest, AReloadKeepsWhatIsKnownOfTheSame) {
  client_.put("http://api/", {.status = 200});
  watch_.assign(settings_);
  look();
  settings_.health.endpoints.insert(settings_.health.endpoints.begin(),
                                    {.name = "new", .url = "http://new/"});
  watch_.assign(settings_);
  EXPECT_FALSE(watch_.facts()[0].known);
  EXPECT_TRUE(watch_.facts()[1].up);
  watch_.look();  // sends the new one's …
  settings_.health.endpoints.clear();
  watch_.assign(settings_);
  look();  // … whose answer has nowhere to go
  EXPECT_TRUE(watch_.facts().empty());
}

}  // namespace
}  // namespace steward::agent
