#include "net/probe.hpp"

#include <gtest/gtest.h>

namespace steward::net {
namespace {

TEST(Probe, OfAPlainAddressIsAConnectionAlone) {
  const HttpRequest tcp = probe_request({.url = "tcp://127.0.0.1:5"});
  EXPECT_EQ(tcp.url.reveal(), "http://127.0.0.1:5");
  EXPECT_EQ(tcp.place, "tcp://127.0.0.1:5");
  EXPECT_TRUE(tcp.connect_only);
  EXPECT_EQ(probe_request({.url = "tls://h:5"}).url.reveal(), "https://h:5");
  EXPECT_FALSE(probe_request({.url = "https://h/x"}).connect_only);
}

TEST(Probe, OfAPageJudgesStatusAndText) {
  const Probe any{.url = "http://h/"}, made{.url = "http://h/", .status = 204},
      text{.url = "http://h/", .expect = "ok"};
  const HttpAnswer good{.status = 200, .body = "all ok", .took_ns = 7};
  EXPECT_TRUE(judge_probe(any, good).up);
  EXPECT_EQ(judge_probe(any, good).latency_ns, 7);
  EXPECT_EQ(judge_probe(any, HttpAnswer{.status = 503}).error, "it answered 503");
  EXPECT_EQ(judge_probe(made, good).error, "it answered 200, not 204");
  EXPECT_TRUE(judge_probe(text, good).up);
  EXPECT_EQ(judge_probe(text, HttpAnswer{.status = 200}).error, "its answer does not hold \"ok\"");
  EXPECT_EQ(judge_probe({.url = "tcp://h:1"}, fail(Code::timeout, "tcp://h:1: no answer in time")).error,
            "tcp://h:1: no answer in time");
}

TEST(Probe, ACertificateThatIsNotTrustedIsAFaultWithItsExpiry) {
  const ProbeResult result = judge_probe(
      {.url = "tls://h:1"}, HttpAnswer{.certificate_expires = 5 * kSecond, .certificate_fault = "expired"});
  EXPECT_FALSE(result.up);
  EXPECT_EQ(result.tls_expires, 5 * kSecond);
  EXPECT_EQ(result.error, "its certificate is not to be trusted: expired");
}

}  // namespace
}  // namespace steward::net
