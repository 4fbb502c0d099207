#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "objects/open_store.hpp"

namespace steward::objects {

/// What S3 keeps of a bucket's lifecycle.
struct LifecycleState {
  std::string xml;  ///< <LifecycleConfiguration> as the store sent it; empty: no rules
  /// x-amz-transition-default-minimum-object-size: a property of the whole configuration that every
  /// replacement sets anew. Empty: the store's default.
  std::string minimum_size;
};

/// The lifecycle rules of an S3 bucket. They belong to the whole bucket, so whoever changes some has to keep
/// the others (lifecycle_text.hpp). Blocks; any thread; errors as an ObjectStore's, with the permission that
/// is missing.
class BucketLifecycle {
 public:
  virtual ~BucketLifecycle() = default;
  virtual Result<LifecycleState> read() = 0;
  /// Replaces all rules; an empty text removes them. Whether the store took them as they are tells read().
  virtual Status replace(const LifecycleState& state) = 0;

  /// "s3://bucket/prefix"
  virtual std::string place() const = 0;
  /// Of the store's keys: "" or ending in '/'.
  virtual std::string prefix() const = 0;
  virtual std::string region() const = 0;
  /// Whether it is Amazon's own, whose prices are known.
  virtual bool amazon() const = 0;
};

/// `url` as for open_store; Code::invalid for a store without lifecycle rules, such as a folder.
Result<std::unique_ptr<BucketLifecycle>> open_lifecycle(std::string_view url, StoreOptions options = {});

}  // namespace steward::objects
