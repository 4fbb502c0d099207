#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "objects/object_store.hpp"

namespace steward::objects {

/// What S3's XML answers say. The readers take foreign bytes: whatever is not a whole document with the
/// expected root is Code::corrupt, never a half result. ETags come without their quotes.

/// The <Error> of an answer; `code` is empty when the text is none.
struct S3Fault {
  std::string code;     ///< "SlowDown"
  std::string message;  ///< the server's words
  std::string region;   ///< where the bucket is, when the fault says so
};
S3Fault parse_fault(std::string_view xml);

/// InitiateMultipartUploadResult: the upload's id.
Result<std::string> parse_created(std::string_view xml);

/// CompleteMultipartUploadResult: the object's etag. A 200 may hold an <Error> instead: parse_fault first.
Result<std::string> parse_completed(std::string_view xml);

struct Listing {
  std::vector<ObjectInfo> objects;
  bool more = false;
};
Result<Listing> parse_listing(std::string_view xml);

struct UploadListing {
  std::vector<Upload> uploads;
  bool more = false;
  std::string next_key;
  std::string next_id;
};
Result<UploadListing> parse_uploads(std::string_view xml);

/// One part of an upload, as the store has it.
struct StoredPart {
  int number = 0;
  std::int64_t size = 0;
  std::string etag;
  std::string checksum;  ///< base64 of SHA-256; empty when the store does not say
};
struct PartListing {
  std::vector<StoredPart> parts;
  bool more = false;
  int next = 0;
};
Result<PartListing> parse_parts(std::string_view xml);

/// Without the quotes that HTTP has around it.
std::string unquoted(std::string_view etag);

}  // namespace steward::objects
