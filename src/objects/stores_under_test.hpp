#pragma once

#include <cstddef>
#include <cstdlib>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "objects/open_store.hpp"
#include "objects/s3/fake_server.hpp"

namespace steward::objects {

/// Where a store under test lives; its destruction cleans up.
class StoreHome {
 public:
  virtual ~StoreHome() = default;
  virtual std::unique_ptr<ObjectStore> open() = 0;
};

/// One implementation under the conformance suite.
struct StoreUnderTest {
  std::string name;
  std::function<std::unique_ptr<StoreHome>()> make;  ///< empty, each time
  std::size_t large = 300'000;                       ///< bytes that are more than one piece to the store
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

/// S3's client against the fake of the tests.
class FakeS3Home final : public StoreHome {
 public:
  std::unique_ptr<ObjectStore> open() override { return fake_store(server_.url()); }

 private:
  FakeBucket bucket_;
  FakeServer server_{bucket_};
};

/// A real server, named by the environment (tests/e2e/objects_test.py): STEWARD_TEST_S3=http://host:port,
/// with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and a bucket "steward-test" that may be emptied.
class RealS3Home final : public StoreHome {
 public:
  static std::string endpoint() { return environment("STEWARD_TEST_S3"); }
  ~RealS3Home() override { clear(); }
  std::unique_ptr<ObjectStore> open() override {
    clear();
    return make();
  }

 private:
  static std::unique_ptr<ObjectStore> make() {
    StoreOptions options{.endpoint = endpoint(), .part_size = 5 << 20, .deadline_ns = 60 * kSecond};
    options.ca_file = environment("STEWARD_TEST_S3_CA");
    options.checksums = environment("STEWARD_TEST_S3_CHECKSUMS") != "off";
    auto store = open_store("s3://steward-test/some/prefix", options);
    return store ? std::move(*store) : nullptr;
  }
  static void clear() {
    const auto store = make();
    if (!store) return;
    static_cast<void>(abort_stale_uploads(*store, "", SystemClock().wall() + 3600 * kSecond));
    const auto all = list_all(*store, "");
    if (!all) return;
    for (const ObjectInfo& object : *all) static_cast<void>(store->remove(object.key));
  }
};

/// Endpoints for tests of real servers alone: no server, no test.
inline std::vector<std::string> real_servers() {
  if (RealS3Home::endpoint().empty()) return {};
  return {RealS3Home::endpoint()};
}

inline std::vector<StoreUnderTest> stores_under_test() {
  constexpr std::size_t kTwoParts = (11 << 20) + 12'345;
  std::vector<StoreUnderTest> all = {
      {"memory", [] { return std::make_unique<MemoryHome>(); }},
      {"directory", [] { return std::make_unique<DirectoryHome>(); }},
      {"s3_fake", [] { return std::make_unique<FakeS3Home>(); }, kTwoParts},
  };
  if (!RealS3Home::endpoint().empty())
    all.push_back({"s3_real", [] { return std::make_unique<RealS3Home>(); }, kTwoParts});
  return all;
}

}  // namespace steward::objects
