#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "objects/object_store.hpp"

namespace steward::backup {

/// For tests: passes every call on to a store that outlives it. A test's store does otherwise where it must.
class ForwardingStore : public objects::ObjectStore {
 public:
  explicit ForwardingStore(objects::ObjectStore& real) : real_(real) {}
  std::string place() const override { return real_.place(); }
  std::string identity() const override { return real_.identity(); }
  Result<objects::ObjectInfo> put(std::string_view key, std::string_view bytes,
                                  const objects::PutOptions& options) override {
    return real_.put(key, bytes, options);
  }
  Result<std::unique_ptr<objects::ObjectWriter>> create(std::string_view key,
                                                        const objects::WriteOptions& options) override {
    return real_.create(key, options);
  }
  Result<objects::ObjectInfo> head(std::string_view key) override { return real_.head(key); }
  Result<std::string> read(std::string_view key, std::int64_t offset, std::int64_t length,
                           std::string_view etag) override {
    return real_.read(key, offset, length, etag);
  }
  Result<objects::ObjectPage> list(std::string_view prefix, std::string_view after, int most) override {
    return real_.list(prefix, after, most);
  }
  Status remove(std::string_view key) override { return real_.remove(key); }
  Result<std::vector<objects::Upload>> uploads(std::string_view prefix) override {
    return real_.uploads(prefix);
  }
  Status abort(const objects::Upload& upload) override { return real_.abort(upload); }

 protected:
  objects::ObjectStore& real_;
};

}  // namespace steward::backup
