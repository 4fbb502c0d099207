// Two halves of a test that tests/e2e/objects_test.py makes whole: it kills the first, which streams to a
// real server, and runs the second.
#include <gtest/gtest.h>

#include <cstdio>

#include "objects/object_reader.hpp"
#include "objects/stores_under_test.hpp"

namespace steward::objects {
namespace {

constexpr int kBlocks = 24;
constexpr std::size_t kBlock = 1 << 20;

std::string block(int number) {
  return std::string(kBlock, static_cast<char>('a' + number));
}

class UploadProcess : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    StoreOptions options{.endpoint = GetParam(), .part_size = 5 << 20, .parallel_parts = 1};
    auto store = open_store("s3://steward-test/killed", options);
    ASSERT_TRUE(store) << store.error().text();
    store_ = std::move(*store);
  }
  std::unique_ptr<ObjectStore> store_;
};

TEST_P(UploadProcess, StreamsUntilItIsKilled) {
  auto writer = store_->create("big");
  ASSERT_TRUE(writer);
  for (int i = 0; i < kBlocks; ++i) {
    ASSERT_TRUE((*writer)->write(block(i)));
    std::printf("written %d\n", i + 1);
    std::fflush(stdout);
  }
  while (::getchar() != EOF) {  // its parent kills it here
  }
}

TEST_P(UploadProcess, ResumesWhatAnotherLeft) {
  ASSERT_EQ(Code::not_found, store_->head("big").error().code());
  const auto left = store_->uploads("");
  ASSERT_TRUE(left) << left.error().text();
  ASSERT_EQ(1U, left->size());
  auto writer = store_->create("big", {{}, left->front().id});
  ASSERT_TRUE(writer);
  for (int i = 0; i < kBlocks; ++i) ASSERT_TRUE((*writer)->write(block(i)));
  ASSERT_EQ(left->front().id, (*writer)->upload_id());
  const auto info = (*writer)->finish();
  ASSERT_TRUE(info) << info.error().text();
  auto reader = ObjectReader::open(*store_, "big", kBlock);
  ASSERT_TRUE(reader);
  for (int i = 0; i < kBlocks; ++i) ASSERT_TRUE(reader->next().value_or("") == block(i)) << i;
  EXPECT_EQ("", reader->next().value_or("more"));
  EXPECT_TRUE(store_->uploads("")->empty());
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(UploadProcess);
INSTANTIATE_TEST_SUITE_P(Real, UploadProcess, ::testing::ValuesIn(real_servers()));

}  // namespace
}  // namespace steward::objects
