#include "objects/s3/verdict.hpp"

#include <algorithm>
#include <array>

#include "net/retry_after.hpp"
#include "objects/s3/times.hpp"

namespace steward::objects {

namespace {

/// Beyond it AWS refuses a signature: 15 minutes. A HEAD says only 403, so its Date is looked at.
constexpr std::int64_t kMostSkew = 14 * 60 * kSecond;

constexpr std::array kThrottled = {std::string_view("SlowDown"),
                                   std::string_view("SlowDownRead"),
                                   std::string_view("SlowDownWrite"),
                                   std::string_view("Throttling"),
                                   std::string_view("ThrottlingException"),
                                   std::string_view("RequestLimitExceeded"),
                                   std::string_view("TooManyRequests"),
                                   std::string_view("ServiceUnavailable")};
/// BadDigest: the body was damaged on its way. ConditionalRequestConflict: another write was under way.
constexpr std::array kTransient = {std::string_view("InternalError"),
                                   std::string_view("RequestTimeout"),
                                   std::string_view("OperationAborted"),
                                   std::string_view("BadDigest"),
                                   std::string_view("XAmzContentSHA256Mismatch"),
                                   std::string_view("IncompleteBody"),
                                   std::string_view("ConditionalRequestConflict")};
constexpr std::array kExpired = {std::string_view("ExpiredToken"), std::string_view("ExpiredTokenException"),
                                 std::string_view("TokenRefreshRequired")};

bool is_one_of(const auto& codes, std::string_view code) {
  return std::ranges::find(codes, code) != codes.end();
}

Verdict verdict_of(int status, std::string_view code) {
  if (is_one_of(kThrottled, code)) return Verdict::throttled;
  if (is_one_of(kTransient, code)) return Verdict::transient;
  if (is_one_of(kExpired, code)) return Verdict::expired;
  if (code == "RequestTimeTooSkewed") return Verdict::skewed;
  if (status == 429 || status == 503) return Verdict::throttled;
  if (status == 408 || status == 409 || (status >= 500 && status != 501)) return Verdict::transient;
  return Verdict::failed;
}

Code code_of(int status, Verdict verdict) {
  if (verdict == Verdict::transient || verdict == Verdict::throttled) return Code::unavailable;
  switch (status) {
    case 401:
    case 403:
      return Code::denied;
    case 404:
      return Code::not_found;
    case 412:
      return Code::conflict;
    default:
      return verdict == Verdict::expired || verdict == Verdict::skewed ? Code::denied : Code::invalid;
  }
}

/// How to mend what people get wrong.
std::string advice(int status, const S3Fault& fault) {
  const std::string_view code = fault.code;
  if (code == "NoSuchBucket") return "; make the bucket, or mend its name in the URL";
  if (code == "InvalidAccessKeyId" || code == "XAdminUserNotFound")  // the latter is versitygw's
    return "; the access key is not known there: look at the credentials";
  if (code == "SignatureDoesNotMatch")
    return "; the secret key does not belong to the access key, or the region is wrong";
  if (code == "InvalidToken")
    return "; the session token (AWS_SESSION_TOKEN) is not that of the access key: renew all three, or unset "
           "it";
  if (code == "AccessDenied") return "; the credentials lack the permission";
  if (code == "RequestTimeTooSkewed") return "; set this machine's clock (timedatectl)";
  if (is_one_of(kExpired, code)) return "; the credentials have run out: renew them";
  if (code == "InvalidObjectState")
    return "; the object lies in an archive: fetch it from there first (aws s3api restore-object), which "
           "takes "
           "minutes to hours";
  if (!fault.region.empty()) return fmt::format("; the region is {}: set it", fault.region);
  if (status == 301 || status == 307 || code == "PermanentRedirect" || code == "AuthorizationHeaderMalformed")
    return "; set the bucket's region";
  return {};
}

std::string words_of(int status, const S3Fault& fault) {
  constexpr std::size_t kMostWords = 200;
  if (fault.code.empty()) return fmt::format("the store answers {}", status);
  return fmt::format("the store answers {} {} ({})", status, fault.code, fault.message.substr(0, kMostWords));
}

Judgement judge_broken(const Error& error, const std::string& what) {
  const Code code = error.code();
  const bool again = code == Code::unavailable || code == Code::timeout;
  return {.verdict = again ? Verdict::transient : Verdict::failed,
          .doubtful = again || code == Code::cancelled,
          .error = Error(code, what, error)};
}

}  // namespace

Judgement judge_fault(int status, const S3Fault& fault, const std::string& what) {
  const Verdict verdict = verdict_of(status, fault.code);
  Judgement out{.verdict = verdict, .fault = fault.code};
  // A gateway's 5xx says nothing of what is behind it; a throttled request was not begun.
  out.doubtful = verdict == Verdict::transient;
  out.error = Error(code_of(status, verdict),
                    fmt::format("{}: {}{}", what, words_of(status, fault), advice(status, fault)));
  return out;
}

Judgement judge(const Result<net::HttpReply>& reply, const std::string& what, WallNs now) {
  if (!reply) return judge_broken(reply.error(), what);
  Judgement out;
  if (reply->status < 200 || reply->status > 299) {
    S3Fault fault = parse_fault(reply->body);
    if (fault.region.empty()) fault.region = reply->header("x-amz-bucket-region");
    if (reply->status != 301 && reply->status != 307 && reply->status != 400) fault.region.clear();
    out = judge_fault(reply->status, fault, what);
    out.wait_ns = net::retry_after_ns(reply->header("retry-after"), now);
    if (const auto date = parse_http_date(reply->header("date"))) out.offset_ns = *date - now;
    const bool silent = reply->status == 403 && fault.code.empty();
    if (silent && out.offset_ns && std::abs(*out.offset_ns) > kMostSkew) out.verdict = Verdict::skewed;
  }
  return out;
}

}  // namespace steward::objects
