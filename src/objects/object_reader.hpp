#pragma once

#include <string>

#include "objects/object_store.hpp"

namespace steward::objects {

/// Reads one object from its start in pieces of bounded memory. All pieces are of one
/// content: when the object is replaced meanwhile the next piece fails with Code::conflict. One thread; must
/// not outlive its store.
class ObjectReader {
 public:
  /// Asks the store for the object's size and etag; `piece` bytes are asked for at a time.
  static Result<ObjectReader> open(ObjectStore& store, std::string_view key, std::int64_t piece = 8 << 20);

  const ObjectInfo& info() const { return info_; }
  /// As open()'s `piece`, from the next piece on.
  void ask_for(std::int64_t piece) { piece_ = piece; }
  std::int64_t position() const { return position_; }
  /// The next piece; empty only at the object's end.
  Result<std::string> next();

 private:
  ObjectReader(ObjectStore& store, ObjectInfo info, std::int64_t piece)
      : store_(&store), info_(std::move(info)), piece_(piece) {}
  ObjectStore* store_;
  ObjectInfo info_;
  std::int64_t piece_;
  std::int64_t position_ = 0;
};

}  // namespace steward::objects
