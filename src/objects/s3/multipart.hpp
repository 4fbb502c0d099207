#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "objects/s3/answers.hpp"

namespace steward::objects {

/// The parts of one multipart upload: which numbers are given out, what the store proved to have, and what
/// its completion must say. No I/O; one thread.
class Multipart {
 public:
  /// `stored`: what the store listed of an upload that is resumed.
  explicit Multipart(std::vector<StoredPart> stored = {});

  /// The next part's number; Code::invalid after 10,000.
  Result<int> next();
  /// Takes the part as done when the store has listed it with the size and a hash of these bytes.
  bool already_stored(int number, std::string_view bytes);
  void uploaded(int number, std::int64_t size, std::string etag, std::string checksum);

  /// The body of CompleteMultipartUpload: every part that was given out is done. Without checksums for a
  /// store that does not know them.
  std::string completion(bool checksums) const;
  /// The etag that S3 makes of the parts' etags, "MD5 of MD5s-count"; empty when one of them is no MD5.
  std::string expected_etag() const;
  std::int64_t size() const;
  int count() const { return given_; }

 private:
  std::map<int, StoredPart> stored_;
  std::map<int, StoredPart> done_;
  int given_ = 0;
};

/// Whether an etag can be an MD5: 32 hexadecimal digits.
bool is_md5(std::string_view etag);

}  // namespace steward::objects
