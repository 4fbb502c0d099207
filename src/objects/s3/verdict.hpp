#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/http_caller.hpp"
#include "objects/s3/answers.hpp"

namespace steward::objects {

/// What one attempt at a request came to, and so what is to be done.
enum class Verdict {
  done,       ///< the answer proves it
  failed,     ///< it will not be better the next time
  transient,  ///< the network, or the server's own fault
  throttled,  ///< the server asks for less
  skewed,     ///< the signature's time is too far from the server's
  expired,    ///< the credentials are not good any more
};

struct Judgement {
  Verdict verdict = Verdict::done;
  /// The request may have been carried out although it was not answered so.
  bool doubtful = false;
  std::optional<Error> error;             ///< unless done: what the caller is told when it stays so
  std::optional<std::int64_t> wait_ns;    ///< the server's Retry-After
  std::string fault;                      ///< S3's word for it: "NoSuchKey"
  std::optional<std::int64_t> offset_ns;  ///< the server's clock minus ours, when it said its time
};

/// Judges what a transfer came to by its status and the <Error> in its body; `what` begins the sentences,
/// "s3://bucket/key: cannot be read". Whether a 2xx proves anything is the operation's own business.
Judgement judge(const Result<net::HttpReply>& reply, const std::string& what, WallNs now);

/// A fault that arrived with the status `status`: also for those that hide in a 200.
Judgement judge_fault(int status, const S3Fault& fault, const std::string& what);

}  // namespace steward::objects
