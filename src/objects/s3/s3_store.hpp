#pragma once

#include <memory>
#include <string_view>

#include "objects/open_store.hpp"
#include "objects/s3/s3_client.hpp"

namespace steward::objects {

/// "bucket" or "bucket/prefix", without s3://.
Result<std::unique_ptr<ObjectStore>> open_s3_store(std::string_view place, StoreOptions options);

/// curl, the system's clock, the credentials and the region that the process finds.
S3Parts usual_parts(const StoreOptions& options, std::string& region);

/// The same of given parts, for tests.
Result<std::unique_ptr<ObjectStore>> make_s3_store(std::string_view place, StoreOptions options,
                                                   const std::string& default_region, S3Parts parts);

}  // namespace steward::objects
