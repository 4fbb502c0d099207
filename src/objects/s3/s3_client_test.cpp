#include "objects/s3/s3_client.hpp"

#include <gtest/gtest.h>

namespace steward::objects {
namespace {

/// Each call takes a second. The first `answered` are answered, with a 404; then nobody is there.
class FadingHttp final : public net::HttpCaller {
 public:
  FadingHttp(ManualClock& clock, int answered) : clock_(clock), answered_(answered) {}
  Result<net::HttpReply> call(const net::HttpCall&) override {
    clock_.advance(kSecond);
    if (answered_-- > 0) return net::HttpReply{.status = 404, .headers = {}, .body = {}};
    return fail(Code::unavailable, "no connection");
  }

 private:
  ManualClock& clock_;
  int answered_;
};

/// How long the last of `answered` + 1 requests is tried, in seconds.
std::int64_t patience(int answered) {
  auto clock = std::make_unique<ManualClock>();
  ManualClock& time = *clock;
  S3Parts parts;
  parts.http = std::make_unique<FadingHttp>(time, answered);
  parts.credentials = std::make_unique<CredentialCache>(
      [] { return Result<Credentials>(Credentials{.key = {"AKIDEXAMPLE", Secret("secret"), {}}}); });
  parts.clock = std::move(clock);
  parts.times.first_ns = parts.times.longest_ns = 1;
  parts.times.most_attempts = 10'000;
  const StoreOptions options{.endpoint = "http://127.0.0.1:1", .deadline_ns = 300 * kSecond};
  auto address = s3_address("bucket", options, "us-east-1");
  S3Client client(std::move(*address), options, std::move(parts));
  for (int i = 0; i < answered; ++i)
    EXPECT_EQ(client.send({.method = "GET", .key = "k"}).reply.error().code(), Code::not_found);
  const MonoNs begun = time.mono();
  EXPECT_EQ(client.send({.method = "GET", .key = "k"}).reply.error().code(), Code::unavailable);
  return (time.mono() - begun) / kSecond;
}

TEST(S3Client, GivesUpSoonerWhereNobodyEverAnswered) {
  EXPECT_EQ(patience(0), 20);
  EXPECT_EQ(patience(1), 300);
}

}  // namespace
}  // namespace steward::objects
