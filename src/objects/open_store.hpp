#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "objects/object_store.hpp"

namespace steward::objects {

enum class Addressing {
  automatic,       ///< virtual-hosted at AWS, path at an endpoint of one's own
  path,            ///< https://endpoint/bucket/key
  virtual_hosted,  ///< https://bucket.endpoint/key
};

/// How to reach a store; what a URL does not say. All but `read_only`, `existing` and `stop` concern S3
/// alone.
struct StoreOptions {
  bool read_only = false;  ///< a folder that is missing is Code::not_found, and nothing is made in one
  bool existing = false;   ///< a folder that holds no store is Code::not_found, and nothing is made in it
  std::string endpoint;    ///< "https://minio.example:9000"; empty: AWS, of the region
  std::string region;      ///< empty: AWS_REGION, the profile's, "us-east-1"
  Addressing addressing = Addressing::automatic;
  std::string profile;                          ///< of ~/.aws; empty: AWS_PROFILE, "default"
  std::string storage_class;                    ///< of new objects; empty: the bucket's usual one
  std::string encryption;                       ///< empty: the bucket's; "AES256", "aws:kms"
  std::string kms_key;                          ///< with "aws:kms"; empty: the account's
  std::string ca_file;                          ///< certificates to trust in place of the system's
  bool checksums = true;                        ///< x-amz-checksum-sha256; off for a store that refuses it
  std::int64_t part_size = 8 << 20;             ///< 5 MiB at least; an object has at most 10,000 parts
  int parallel_parts = 2;                       ///< 1 to 8; a writer holds one more in memory
  std::int64_t deadline_ns = 5 * 60 * kSecond;  ///< of one method, or of one part, with all its repetitions
  std::stop_token stop;                         ///< ends waits and transfers early, with Code::cancelled
};

/// "s3://bucket", "s3://bucket/prefix" or "file:///absolute/folder" (which is made when it is missing, unless
/// `read_only`). What follows the scheme is taken as it is written, without percent-decoding. Nothing is
/// asked of an S3 store here. Errors say what is wrong with the URL or the options.
Result<std::unique_ptr<ObjectStore>> open_store(std::string_view url, StoreOptions options = {});

/// The folder that a file:// URL names, without a slash at its end; empty: it is another URL.
std::string folder_of(std::string_view url);

/// The twin for tests.
std::unique_ptr<ObjectStore> make_memory_store();

}  // namespace steward::objects
