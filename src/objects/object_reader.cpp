#include "objects/object_reader.hpp"

#include <algorithm>

namespace steward::objects {

Result<ObjectReader> ObjectReader::open(ObjectStore& store, std::string_view key, std::int64_t piece) {
  auto info = store.head(key);
  if (!info) return std::unexpected(info.error());
  if (piece <= 0) return fail(Code::invalid, "an object is read in pieces of 1 byte at least");
  return ObjectReader(store, std::move(*info), piece);
}

Result<std::string> ObjectReader::next() {
  const std::int64_t length = std::min(piece_, info_.size - position_);
  if (length == 0) return std::string();
  auto bytes = store_->read(info_.key, position_, length, info_.etag);
  if (!bytes) return bytes;
  if (static_cast<std::int64_t>(bytes->size()) != length)
    return fail(Code::corrupt, "{}/{}: {} bytes came of the {} from {}", store_->place(), info_.key,
                bytes->size(), length, position_);
  position_ += length;
  return bytes;
}

}  // namespace steward::objects
