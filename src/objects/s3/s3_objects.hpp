#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "objects/s3/s3_client.hpp"

namespace steward::objects {

/// What HEAD says of an object.
struct S3Head {
  ObjectInfo info;
  std::string token;  ///< which write it came from (kTokenHeader)
};

/// The metadata that every write of ours carries with a text of its own: when an answer was lost it tells our
/// object from somebody else's.
inline constexpr std::string_view kTokenHeader = "x-amz-meta-steward-write";

/// The operations on single objects that store and writer share. Keys are whole, with the prefix. Any thread.
class S3Objects {
 public:
  explicit S3Objects(S3Client& client) : client_(client) {}

  Result<S3Head> head(const std::string& key);
  Result<ObjectInfo> put(const std::string& key, std::string_view bytes, const PutOptions& options);
  /// Succeeds also when there is no such upload.
  Status abort(const std::string& key, const std::string& upload);

  /// Storage class and encryption of a new object, and its token.
  Pairs creation_headers(const PutOptions& options, const std::string& token) const;
  /// If-None-Match, If-Match.
  static Pairs condition_headers(const PutOptions& options);
  /// A write under a condition that ended in an error: an object that is gone does not match either.
  static Error refusal(const S3Outcome& outcome, const PutOptions& options);

 private:
  /// HEAD agrees that this write made the object. `etag` is what the write's answer said; empty: not
  /// answered.
  Result<ObjectInfo> confirm(const std::string& key, const std::string& token, std::int64_t size,
                             const std::string& etag);

  S3Client& client_;
};

/// Whether the answer to a body that was sent carries another checksum than the body's.
bool contradicts(const net::HttpReply& reply, const std::string& checksum);

/// Whether the answer to a body proves which bytes were stored: its etag is their MD5, or it is no MD5 by
/// promise (KMS encryption) and the body's checksum came back.
bool proves(const net::HttpReply& reply, std::string_view body, const std::string& checksum);

/// A 2xx that does not prove what was asked: the request is repeated.
Judgement unproved(std::string message);

}  // namespace steward::objects
