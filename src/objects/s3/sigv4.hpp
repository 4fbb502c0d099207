#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"

namespace steward::objects {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Who signs. `token` only of temporary credentials.
struct SigningKey {
  std::string access_key;
  Secret secret_key;
  Secret token;
};

/// Where a signature counts.
struct SigningScope {
  std::string region;
  std::string service = "s3";
};

/// A request as it is signed: nothing of it is encoded yet, and what is sent must be encoded by uri_path and
/// uri_query below.
struct SignedRequest {
  std::string method;
  std::string path = "/";
  Pairs query;
  Pairs headers;             ///< with Host; all of them are signed
  std::string payload_hash;  ///< hex SHA-256 of the body, or kUnsignedPayload
};

/// In place of the hash for a body that is not known when the request begins. S3 then relies on TLS.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

/// What came out on the way, for tests and for comparing with a server's SignatureDoesNotMatch.
struct Signature {
  std::string canonical_request;
  std::string string_to_sign;
  std::string signature;
  std::string authorization;  ///< the header's value
};

/// AWS Signature Version 4 in the Authorization header (Signature Version 4 signing process, "Create a signed
/// AWS API request"). The caller has put X-Amz-Date (amz_date) and, for temporary credentials,
/// X-Amz-Security-Token among the headers. A pure function.
Signature sign_v4(const SignedRequest& request, const SigningKey& key, const SigningScope& scope, WallNs now);

/// The same as a URL that can be given away: the query of `request` with the signature's parameters added.
/// `seconds` is how long it is good for; the headers that are signed must come with the request.
std::pair<Pairs, Signature> presign_v4(const SignedRequest& request, const SigningKey& key,
                                       const SigningScope& scope, WallNs now, int seconds);

/// 20150830T123600Z.
std::string amz_date(WallNs now);

/// RFC 3986 percent-encoding of everything but A-Z a-z 0-9 - . _ ~ (and '/' where `slashes` are kept).
std::string uri_encode(std::string_view text, bool keep_slashes);

/// The parameters sorted and encoded, as they are signed and sent.
std::string uri_query(const Pairs& query);

}  // namespace steward::objects
