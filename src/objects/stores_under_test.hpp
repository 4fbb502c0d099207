#pragma once

#include <cstddef>
#include <cstdlib>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "objects/open_store.hpp"

namespace steward::objects {

/// Where a store under test lives; its destruction cleans up.
class StoreHome {
 public:
  virtual ~StoreHome() = default;
  virtual std::unique_ptr<ObjectStore> open() = 0;
  /// Waits until what was written has arrived, as far as it is sent before finish().
  virtual void settle(const ObjectWriter&) {}
};

/// One implementation under the conformance suite.
struct StoreUnderTest {
  std::string name;
  std::function<std::unique_ptr<StoreHome>()> make;  ///< empty, each time
  std::size_t large = 300'000;                       ///< bytes that are more than one piece to the store
  std::function<std::string()> skip = [] { return std::string(); };  ///< why it cannot be tested here
};

inline void PrintTo(const StoreUnderTest& store, std::ostream* out) {
  *out << store.name;
}

class MemoryHome final : public StoreHome {
 public:
  std::unique_ptr<ObjectStore> open() override { return make_memory_store(); }
};

class DirectoryHome final : public StoreHome {
 public:
  DirectoryHome() {
    char path[] = "/tmp/steward-objects-XXXXXX";
    if (::mkdtemp(path) != nullptr) root_ = path;
  }
  ~DirectoryHome() override {
    static_cast<void>(std::system(("rm -rf " + root_).c_str()));  // made by mkdtemp above
  }
  const std::string& root() const { return root_; }
  std::unique_ptr<ObjectStore> open() override {
    auto store = open_store("file://" + root_ + "/store");
    return store ? std::move(*store) : nullptr;
  }

 private:
  std::string root_;
};

inline std::vector<StoreUnderTest> stores_under_test() {
  return {{"memory", [] { return std::make_unique<MemoryHome>(); }},
          {"directory", [] { return std::make_unique<DirectoryHome>(); }}};
}

}  // namespace steward::objects
