#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "objects/open_store.hpp"

namespace steward::objects {

/// The lifecycle rules of an S3 bucket, as the XML that the store keeps: <LifecycleConfiguration>. They
/// belong to the whole bucket, so whoever changes some has to keep the others. Blocks; any thread; errors as
/// an ObjectStore's.
class BucketLifecycle {
 public:
  virtual ~BucketLifecycle() = default;
  /// Empty when the bucket has none.
  virtual Result<std::string> read() = 0;
  /// Replaces all rules. Whether the store took them as they are tells read().
  virtual Status replace(std::string_view xml) = 0;
};

/// `url` as for open_store; Code::invalid for a store without lifecycle rules, such as a folder.
Result<std::unique_ptr<BucketLifecycle>> open_lifecycle(std::string_view url, StoreOptions options = {});

}  // namespace steward::objects
