#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "net/http_caller.hpp"
#include "objects/s3/sigv4.hpp"

namespace steward::objects {

/// Keys and how long they are good: 0 is for ever. They leave a process only as signatures and as the token's
/// header.
struct Credentials {
  SigningKey key;
  WallNs expires = 0;
};

/// Where the chain below looks things up; `env` gives "" for what is not set.
struct CredentialSurroundings {
  std::function<std::string(const char* name)> env;
  net::HttpCaller* http = nullptr;  ///< borrowed
  std::string profile;              ///< asked for by name; empty: AWS_PROFILE, "default"
};

/// The first that there is of: the environment (unless a profile was asked for by name), the profile in
/// ~/.aws/credentials and ~/.aws/config, the container's endpoint, the instance's (IMDSv2). A source that is
/// there but broken is an error, not skipped.
Result<Credentials> find_credentials(const CredentialSurroundings& surroundings);

/// Region of the environment or the profile; empty when neither names one.
std::string configured_region(const CredentialSurroundings& surroundings);

/// The process's environment.
std::string environment(const char* name);

/// Keeps credentials and renews them five minutes before they end; while that fails the old ones are used as
/// long as they are good. Any thread.
class CredentialCache {
 public:
  using Find = std::function<Result<Credentials>()>;
  explicit CredentialCache(Find find) : find_(std::move(find)) {}

  Result<std::shared_ptr<const Credentials>> get(WallNs now);
  /// The server said they are not good any more: the next get() looks anew.
  void reject();

 private:
  Find find_;
  std::mutex mutex_;
  std::shared_ptr<const Credentials> held_;
};

}  // namespace steward::objects
