#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "objects/digest.hpp"
#include "objects/open_store.hpp"
#include "objects/s3/credentials.hpp"
#include "objects/s3/retry.hpp"

namespace steward::objects {

/// Where a bucket is: what requests are sent to and signed for.
struct S3Address {
  std::string scheme = "https";
  std::string host;  ///< with the port, when it is not the scheme's own
  std::string bucket;
  std::string prefix;  ///< of all keys, "" or ending in '/'
  std::string region;
  bool virtual_hosted = false;

  std::string place() const;  ///< "s3://bucket/prefix"
};

/// The address of "bucket/prefix" under the options.
Result<S3Address> s3_address(std::string_view place, const StoreOptions& options,
                             const std::string& default_region);

/// What a client is made of; owned by it.
struct S3Parts {
  std::unique_ptr<net::HttpCaller> http;
  std::unique_ptr<CredentialCache> credentials;
  std::unique_ptr<Clock> clock = std::make_unique<SystemClock>();
  std::unique_ptr<Random> random = std::make_unique<SystemRandom>();
  RetryTimes times;
};

/// One operation on the bucket.
struct S3Request {
  std::string method;
  std::string key;  ///< whole, with the prefix; empty: the bucket itself
  Pairs query;
  Pairs headers;
  std::string_view body;
  std::optional<Sha256> body_hash;      ///< when the caller has it anyway
  std::size_t most_bytes = 8 << 20;     ///< of the answer
  bool patient = false;                 ///< the server may think for minutes before it answers
  std::optional<std::stop_token> stop;  ///< in place of the store's, which then must be behind it
};

/// How a request ended. `doubtful`: an attempt before the last may have been carried out.
struct S3Outcome {
  Result<net::HttpReply> reply;
  bool doubtful = false;
  std::string fault;  ///< S3's word for the last attempt's fault: "NoSuchKey"
};

/// Looks at an answer with a 2xx: whether it proves what the operation needs.
using Proof = std::function<Judgement(const net::HttpReply&)>;

/// Signs requests, sends them, repeats them by Retry's rules until the store's deadline; a server that never
/// answered anything is given up sooner. Any thread; blocks. After a throttled answer
/// all threads of the client wait.
class S3Client {
 public:
  S3Client(S3Address address, const StoreOptions& options, S3Parts parts)
      : address_(std::move(address)), options_(options), parts_(std::move(parts)) {}

  S3Outcome send(const S3Request& request, const Proof& proof = nullptr);

  const S3Address& address() const { return address_; }
  const StoreOptions& options() const { return options_; }
  /// "s3://bucket/key"
  std::string name_of(std::string_view key) const {
    return "s3://" + address_.bucket + "/" + std::string(key);
  }
  /// A text that nobody else writes, to know an object of one's own by.
  std::string token();
  WallNs now() const { return parts_.clock->wall() + offset_ns_.load(); }

 private:
  struct LockedRandom final : Random {
    explicit LockedRandom(S3Client& client) : client_(client) {}
    std::uint64_t next() override;
    S3Client& client_;
  };
  Result<net::HttpCall> prepare(const S3Request& request, MonoNs deadline);
  Judgement attempt(const S3Request& request, const Proof& proof, MonoNs deadline, S3Outcome& outcome);
  void mend(const Judgement& judgement);
  /// False when the stop token ended it.
  static bool wait(std::int64_t ns, std::stop_token stop);
  bool wait_for_quiet(MonoNs deadline, const std::stop_token& stop) const;

  S3Address address_;
  StoreOptions options_;
  S3Parts parts_;
  std::mutex random_mutex_;
  std::atomic<std::int64_t> offset_ns_ = 0;
  std::atomic<MonoNs> quiet_until_ = 0;
  std::atomic<bool> answered_ = false;  ///< the server is there: it once answered, whatever it said
};

}  // namespace steward::objects
