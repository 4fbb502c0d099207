#include "objects/s3/retry.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace steward::objects {
namespace {

constexpr WallNs kNow = 1'700'000'000 * kSecond;  // Tue, 14 Nov 2023 22:13:20 GMT

net::HttpReply answer(int status, const std::string& code = "",
                      std::vector<std::pair<std::string, std::string>> headers = {}) {
  net::HttpReply reply{.status = status, .headers = std::move(headers), .body = {}};
  if (!code.empty()) reply.body = "<Error><Code>" + code + "</Code><Message>words</Message></Error>";
  return reply;
}

Judgement judged(int status, const std::string& code = "") {
  return judge(answer(status, code), "s3://b/k", kNow);
}

TEST(Verdict, FollowsStatusAndCode) {
  const struct {
    int status;
    const char* code;
    Verdict verdict;
    Code error;
  } cases[] = {
      {400, "ExpiredToken", Verdict::expired, Code::denied},
      {400, "RequestTimeout", Verdict::transient, Code::unavailable},
      {400, "BadDigest", Verdict::transient, Code::unavailable},
      {400, "InvalidArgument", Verdict::failed, Code::invalid},
      {403, "AccessDenied", Verdict::failed, Code::denied},
      {403, "RequestTimeTooSkewed", Verdict::skewed, Code::denied},
      {404, "NoSuchKey", Verdict::failed, Code::not_found},
      {409, "ConditionalRequestConflict", Verdict::transient, Code::unavailable},
      {412, "PreconditionFailed", Verdict::failed, Code::conflict},
      {429, "", Verdict::throttled, Code::unavailable},
      {500, "InternalError", Verdict::transient, Code::unavailable},
      {500, "SlowDown", Verdict::throttled, Code::unavailable},
      {501, "NotImplemented", Verdict::failed, Code::invalid},
      {502, "", Verdict::transient, Code::unavailable},
      {503, "SlowDown", Verdict::throttled, Code::unavailable},
      {301, "PermanentRedirect", Verdict::failed, Code::invalid},
  };
  for (const auto& [status, code, verdict, error] : cases) {
    SCOPED_TRACE(fmt::format("{} {}", status, code));
    const Judgement judgement = judged(status, code);
    EXPECT_EQ(verdict, judgement.verdict);
    ASSERT_TRUE(judgement.error);
    EXPECT_EQ(error, judgement.error->code());
    EXPECT_EQ(code, judgement.fault);
  }
  EXPECT_EQ(Verdict::done, judged(204).verdict);
}

TEST(Verdict, ABrokenConnectionIsRepeatedAndDoubtful) {
  const auto broken = judge(fail(Code::unavailable, "host: reset"), "s3://b/k", kNow);
  EXPECT_EQ(Verdict::transient, broken.verdict);
  EXPECT_TRUE(broken.doubtful);
  const auto distrusted = judge(fail(Code::denied, "host: certificate"), "s3://b/k", kNow);
  EXPECT_EQ(Verdict::failed, distrusted.verdict);
  EXPECT_FALSE(distrusted.doubtful);
}

TEST(Verdict, AThrottledRequestWasNotBegun) {
  EXPECT_FALSE(judged(503).doubtful);
  EXPECT_TRUE(judged(500).doubtful);
}

TEST(Verdict, ASilent403WithAFarClockIsSkew) {
  const auto near = judge(answer(403, "", {{"date", "Tue, 14 Nov 2023 22:13:20 GMT"}}), "k", kNow);
  EXPECT_EQ(Verdict::failed, near.verdict);
  const auto far = judge(answer(403, "", {{"date", "Tue, 14 Nov 2023 23:13:20 GMT"}}), "k", kNow);
  EXPECT_EQ(Verdict::skewed, far.verdict);
  EXPECT_EQ(3600 * kSecond, far.offset_ns);
}

TEST(Retry, WaitsAtLeastAsLongAsTheServerAsks) {
  SeededRandom random(1);
  Retry retry({}, random, 100 * kSecond);
  Judgement judgement{.verdict = Verdict::throttled};
  judgement.wait_ns = 30 * kSecond;
  EXPECT_GE(retry.after(judgement, 0).value(), 30 * kSecond);
  judgement.wait_ns = 200 * kSecond;  // beyond the deadline: not worth the wait
  EXPECT_FALSE(retry.after(judgement, 0));
}

TEST(Retry, MendsClockAndCredentialsOnceEach) {
  SeededRandom random(1);
  Retry retry({}, random, kSecond);
  Judgement skewed{.verdict = Verdict::skewed};
  EXPECT_FALSE(Retry({}, random, kSecond).after(skewed, 0));  // the server did not say its time
  skewed.offset_ns = kSecond;
  EXPECT_EQ(0, retry.after(skewed, 0));
  EXPECT_FALSE(retry.after(skewed, 0));
  EXPECT_EQ(0, retry.after({.verdict = Verdict::expired}, 0));
  EXPECT_FALSE(retry.after({.verdict = Verdict::expired}, 0));
}

RC_GTEST_PROP(Retry, StaysUnderItsBoundsAndEndsByTheDeadline, (std::uint64_t seed, bool throttled)) {
  SeededRandom random(seed);
  const RetryTimes times;
  const MonoNs deadline = 300 * kSecond;
  Retry retry(times, random, deadline);
  MonoNs now = 0;
  std::int64_t bound = throttled ? times.first_throttled_ns : times.first_ns;
  while (true) {
    const auto wait = retry.after({.verdict = throttled ? Verdict::throttled : Verdict::transient}, now);
    if (!wait) break;
    RC_ASSERT(*wait >= 0 && *wait <= bound);
    bound = std::min(times.longest_ns, 2 * bound);
    now += *wait + kMillisecond;
    RC_ASSERT(now < deadline + kSecond);
    RC_ASSERT(retry.attempts() < times.most_attempts);
  }
}

RC_GTEST_PROP(Retry, DrawsFromTheWholeOfItsBound, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint32_t>();
  SeededRandom random(seed);
  std::int64_t least = kSecond;
  std::int64_t most = 0;
  for (int i = 0; i < 200; ++i) {
    const auto wait = Retry({}, random, 100 * kSecond).after({.verdict = Verdict::transient}, 0).value();
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  RC_ASSERT(least < 20 * kMillisecond);
  RC_ASSERT(most > 80 * kMillisecond);
}

}  // namespace
}  // namespace steward::objects
