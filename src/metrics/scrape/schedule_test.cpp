#include "metrics/scrape/schedule.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace steward::metrics {
namespace {

constexpr const char* kUrl = "http://127.0.0.1:8001/metrics";

class ScheduleTest : public testing::Test {
 protected:
  void SetUp() override { schedule_.assign({{"racing", kUrl}}, now_); }
  /// Moves to the next time there is something to do and returns the request that is due then.
  ScrapeSchedule::Request next() {
    for (int i = 0; i < 10; ++i) {
      now_ = std::max(now_, schedule_.next_due());
      auto requests = schedule_.due(now_);
      if (!requests.empty()) return requests.front();
    }
    ADD_FAILURE() << "nothing becomes due";
    return {};
  }
  MonoNs now_ = 1000 * kSecond;
  ScrapeSchedule schedule_;
};

TEST_F(ScheduleTest, AsksAtOnceAndThenEveryInterval) {
  const auto first = next();
  EXPECT_EQ(now_, 1000 * kSecond);
  EXPECT_EQ(first.bot, "racing");
  EXPECT_EQ(first.url, kUrl);
  EXPECT_EQ(first.timeout, 2 * kSecond);
  EXPECT_TRUE(schedule_.due(now_).empty()) << "one request at a time";
  now_ += kSecond / 2;
  EXPECT_TRUE(schedule_.succeeded(first.ticket, 12, 1, now_));
  const ScrapeFacts& facts = *schedule_.facts("racing");
  EXPECT_TRUE(facts.up);
  EXPECT_EQ(facts.scrapes, 1);
  EXPECT_EQ(facts.duration_ns, kSecond / 2);
  EXPECT_EQ(facts.samples, 12);
  EXPECT_EQ(facts.dropped, 1);
  next();
  EXPECT_EQ(now_, 1005 * kSecond);
}

TEST_F(ScheduleTest, AFailingEndpointIsAskedLessOftenUntilItAnswers) {
  std::vector<MonoNs> waits;
  for (int i = 0; i < 7; ++i) {
    const auto request = next();
    const MonoNs asked = now_;
    schedule_.failed(request.ticket, "connection refused", now_);
    waits.push_back((schedule_.next_due() - asked) / kSecond);
  }
  EXPECT_EQ(waits, (std::vector<MonoNs>{5, 10, 20, 40, 60, 60, 60}));
  EXPECT_EQ(schedule_.facts("racing")->failures, 7);
  EXPECT_EQ(schedule_.facts("racing")->error, "connection refused");
  const auto request = next();
  schedule_.succeeded(request.ticket, 1, 0, now_);
  EXPECT_TRUE(schedule_.facts("racing")->up);
  EXPECT_EQ(schedule_.next_due() - now_, 5 * kSecond);
}

TEST_F(ScheduleTest, ALateAnswerIsNotTaken) {
  const auto lost = next();
  EXPECT_TRUE(schedule_.awaits(lost.ticket));
  now_ = schedule_.next_due();
  EXPECT_TRUE(schedule_.due(now_).empty());
  EXPECT_FALSE(schedule_.facts("racing")->up);
  EXPECT_EQ(schedule_.facts("racing")->error, "no answer in time");
  EXPECT_FALSE(schedule_.awaits(lost.ticket));
  EXPECT_FALSE(schedule_.succeeded(lost.ticket, 1, 0, now_));
  EXPECT_EQ(schedule_.facts("racing")->scrapes, 1);
}

TEST_F(ScheduleTest, ARestartedBotIsAskedAtOnceAndItsOldAnswerDoesNotCount) {
  for (int i = 0; i < 5; ++i) schedule_.failed(next().ticket, "no", now_);
  schedule_.restarted("racing", now_);
  const auto request = next();
  EXPECT_EQ(schedule_.due(now_).size(), 0U);
  schedule_.restarted("racing", now_ + 1);
  EXPECT_FALSE(schedule_.failed(request.ticket, "old", now_ + 2));
  EXPECT_EQ(schedule_.due(now_ + 2).size(), 1U);
}

TEST_F(ScheduleTest, AssignForgetsKeepsAndSpreads) {
  schedule_.succeeded(next().ticket, 3, 0, now_);
  schedule_.assign({{"racing", kUrl}, {"b", "http://x/1"}, {"c", "http://x/2"}}, now_);
  EXPECT_EQ(schedule_.facts("racing")->samples, 3) << "unchanged ones keep what is known";
  EXPECT_TRUE(schedule_.due(now_).empty());
  schedule_.assign({{"racing", "http://elsewhere/"}}, now_);
  EXPECT_EQ(schedule_.facts("racing")->scrapes, 0);
  EXPECT_EQ(schedule_.facts("b"), nullptr);
  schedule_.assign({}, now_);
  EXPECT_EQ(schedule_.next_due(), std::numeric_limits<MonoNs>::max());
}

}  // namespace
}  // namespace steward::metrics
