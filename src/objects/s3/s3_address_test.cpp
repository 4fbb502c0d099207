#include <gtest/gtest.h>

#include "objects/s3/s3_client.hpp"

namespace steward::objects {
namespace {

S3Address address(std::string_view place, const StoreOptions& options = {}) {
  const auto found = s3_address(place, options, "eu-west-1");
  EXPECT_TRUE(found) << found.error().text();
  return found.value_or(S3Address{});
}

TEST(S3Address, AwsIsAskedByTheBucketsOwnName) {
  const S3Address found = address("my-bucket/host-a/");
  EXPECT_EQ("s3.eu-west-1.amazonaws.com", found.host);
  EXPECT_TRUE(found.virtual_hosted);
  EXPECT_EQ("host-a/", found.prefix);
  EXPECT_EQ("s3://my-bucket/host-a", found.place());
  EXPECT_EQ("s3://my-bucket", address("my-bucket").place());
  EXPECT_EQ("s3.cn-north-1.amazonaws.com.cn", address("my-bucket", {.region = "cn-north-1"}).host);
}

TEST(S3Address, ABucketWithDotsIsAskedByPathWhereTlsNeedsIt) {
  EXPECT_FALSE(address("my.bucket").virtual_hosted);
}

TEST(S3Address, AnEndpointOfOnesOwnIsAskedByPathUnlessToldOtherwise) {
  const S3Address found = address("bucket", {.endpoint = "http://minio:9000/"});
  EXPECT_EQ("minio:9000", found.host);
  EXPECT_EQ("http", found.scheme);
  EXPECT_FALSE(found.virtual_hosted);
  EXPECT_TRUE(address("bucket", {.endpoint = "https://s.example", .addressing = Addressing::virtual_hosted})
                  .virtual_hosted);
  EXPECT_EQ("s.example", address("bucket", {.endpoint = "https://s.example:443"}).host);
  EXPECT_EQ("s.example:80", address("bucket", {.endpoint = "https://s.example:80"}).host);
}

TEST(S3Address, SaysWhatIsWrong) {
  for (const char* place :
       {"", "/prefix", "Bucket", "b", "bucket/../other", "bucket/x//y", "-bucket", "a..b"})
    EXPECT_FALSE(s3_address(place, {}, "")) << place;
  for (const char* endpoint :
       {"minio:9000", "ftp://x", "http://", "http://user@host", "http://host/path", "http://a b"})
    EXPECT_FALSE(s3_address("bucket", {.endpoint = endpoint}, "")) << endpoint;
  EXPECT_FALSE(s3_address("bucket", {.region = "eu/west"}, ""));
  EXPECT_EQ("us-east-1", s3_address("bucket", {}, "").value().region);
}

TEST(OpenS3, RefusesOptionsThatCannotWork) {
  for (const StoreOptions& options :
       {StoreOptions{.part_size = 1024}, StoreOptions{.parallel_parts = 0}, StoreOptions{.parallel_parts = 9},
        StoreOptions{.encryption = "rot13"}, StoreOptions{.kms_key = "k"},
        StoreOptions{.storage_class = "cold one"}}) {
    const auto store = open_store("s3://bucket", options);
    ASSERT_FALSE(store);
    EXPECT_EQ(Code::invalid, store.error().code());
  }
}

}  // namespace
}  // namespace steward::objects
