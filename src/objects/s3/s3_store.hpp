#pragma once

#include <memory>
#include <string_view>

#include "objects/open_store.hpp"

namespace steward::objects {

/// "bucket" or "bucket/prefix", without s3://.
Result<std::unique_ptr<ObjectStore>> open_s3_store(std::string_view place, StoreOptions options);

}  // namespace steward::objects
