#include "objects/s3/multipart.hpp"

#include <gtest/gtest.h>

#include "objects/digest.hpp"

namespace steward::objects {
namespace {

TEST(Multipart, TheCompletionNamesEveryPartInOrder) {
  Multipart parts;
  EXPECT_EQ(1, parts.next().value());
  EXPECT_EQ(2, parts.next().value());
  parts.uploaded(2, 5, "b<", "c2");
  parts.uploaded(1, 10, "a", "c1");
  EXPECT_EQ(
      "<CompleteMultipartUpload "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><PartNumber>1</PartNumber><ETag>"
      "\"a\"</ETag><ChecksumSHA256>c1</ChecksumSHA256></Part><Part><PartNumber>2</"
      "PartNumber><ETag>\"b&lt;\"</ETag>"
      "<ChecksumSHA256>c2</ChecksumSHA256></Part></CompleteMultipartUpload>",
      parts.completion(true));
  EXPECT_EQ(15, parts.size());
  EXPECT_EQ("", parts.expected_etag());
}

TEST(Multipart, TheExpectedEtagIsTheMd5OfTheMd5s) {
  Multipart parts;
  parts.uploaded(1, 1, hex(md5("x")), "");
  parts.uploaded(2, 1, hex(md5("y")), "");
  EXPECT_EQ(hex(md5(md5("x") + md5("y"))) + "-2", parts.expected_etag());
}

TEST(Multipart, OnlyWhatTheStoreProvesToHaveIsLeftOut) {
  const std::string sum = base64(bytes_of(sha256("bytes")));
  Multipart parts(
      {{1, 5, "opaque", sum}, {2, 5, hex(md5("bytes")), ""}, {3, 5, "opaque", ""}, {4, 5, "", sum}});
  EXPECT_TRUE(parts.already_stored(1, "bytes"));
  EXPECT_FALSE(parts.already_stored(1, "other"));
  EXPECT_TRUE(parts.already_stored(2, "bytes"));
  EXPECT_FALSE(parts.already_stored(2, "other"));
  EXPECT_FALSE(parts.already_stored(2, "byte"));
  EXPECT_FALSE(parts.already_stored(3, "bytes"));
  EXPECT_FALSE(parts.already_stored(4, "bytes"));
  EXPECT_FALSE(parts.already_stored(5, "bytes"));
}

TEST(Multipart, TenThousandPartsAreAll) {
  Multipart parts;
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(parts.next());
  EXPECT_EQ(Code::invalid, parts.next().error().code());
}

}  // namespace
}  // namespace steward::objects
