#include "objects/s3/answers.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "objects/s3/times.hpp"

namespace steward::objects {
namespace {

TEST(Answers, AListingAsAwsSendsIt) {
  const auto listing = parse_listing(R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><IsTruncated>true</IsTruncated>
<Contents><Key>a &amp; b</Key><LastModified>2009-10-12T17:50:30.250Z</LastModified>
<ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>434234</Size><StorageClass>GLACIER</StorageClass></Contents>
</ListBucketResult>)");
  ASSERT_TRUE(listing) << listing.error().text();
  EXPECT_TRUE(listing->more);
  ASSERT_EQ(1U, listing->objects.size());
  const ObjectInfo& object = listing->objects[0];
  EXPECT_EQ("a & b", object.key);
  EXPECT_EQ(434'234, object.size);
  EXPECT_EQ("fba9dede5f27731c9771645a39863328", object.etag);
  EXPECT_EQ(1'255'369'830 * kSecond + 250 * kMillisecond, object.modified);
  EXPECT_TRUE(object.archived);
}

TEST(Answers, APrefixBeforeTheNamesChangesNothing) {
  const auto etag = parse_completed(
      "<s3:CompleteMultipartUploadResult "
      "xmlns:s3=\"u\"><s3:ETag>\"e-2\"</s3:ETag></s3:CompleteMultipartUploadResult>");
  ASSERT_TRUE(etag);
  EXPECT_EQ("e-2", *etag);
}

TEST(Answers, AnUploadIsCompleteOnlyWithAnEtag) {
  EXPECT_EQ("e-2", parse_completed("<CompleteMultipartUploadResponse><ETag>e-2</ETag>"
                                   "</CompleteMultipartUploadResponse>")
                       .value());
  for (const char* text : {"<CompleteMultipartUploadResult/>",
                           "<CompleteMultipartUploadResponse><Key>k</Key></CompleteMultipartUploadResponse>",
                           "<Error><ETag>e</ETag></Error>"})
    EXPECT_FALSE(parse_completed(text)) << text;
}

TEST(Answers, WhitespaceBeforeTheResultIsWhatAwsSendsWhileItThinks) {
  EXPECT_TRUE(
      parse_completed("<?xml version=\"1.0\"?>\n   \n\n  <CompleteMultipartUploadResult><ETag>e</ETag>"
                      "</CompleteMultipartUploadResult>"));
}

TEST(Answers, EntitiesOfTheDocumentsOwnAreNotResolved) {
  const auto etag = parse_completed(
      "<!DOCTYPE x [<!ENTITY f SYSTEM "
      "\"file:///etc/passwd\">]><CompleteMultipartUploadResult><ETag>&f;</ETag>"
      "</CompleteMultipartUploadResult>");
  EXPECT_TRUE(!etag || *etag == "&f;");
}

TEST(Answers, NoPrefixOfAnAnswerIsAnAnswer) {
  const std::string listing =
      "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k</"
      "Key><LastModified>2009-10-12T17:50:30Z"
      "</LastModified><ETag>e</ETag><Size>1</Size></Contents></ListBucketResult>";
  ASSERT_TRUE(parse_listing(listing));
  for (std::size_t size = 0; size < listing.size(); ++size)
    EXPECT_FALSE(parse_listing(listing.substr(0, size)));
  const std::string completed =
      "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>";
  ASSERT_TRUE(parse_completed(completed));
  for (std::size_t size = 0; size < completed.size(); ++size)
    EXPECT_FALSE(parse_completed(completed.substr(0, size)));
}

TEST(Answers, WrongNumbersAndTimesAreNoAnswer) {
  const auto with = [](const char* size, const char* time) {
    return parse_listing(
        fmt::format("<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k</"
                    "Key><LastModified>{}</LastModified>"
                    "<Size>{}</Size></Contents></ListBucketResult>",
                    time, size));
  };
  EXPECT_TRUE(with("0", "2009-10-12T17:50:30Z"));
  for (const char* size : {"", "-1", "1x", "99999999999999999999", " 1"})
    EXPECT_FALSE(with(size, "2009-10-12T17:50:30Z")) << size;
  for (const char* time : {"", "yesterday", "2009-10-12", "2009-10-12T17:50:30", "2009-10-12T17:50:30.5.Z"})
    EXPECT_FALSE(with("0", time)) << time;
}

TEST(Answers, AnErrorIsReadAndEverythingElseIsNone) {
  const S3Fault fault = parse_fault(
      "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message><Region>eu-west-1</Region></"
      "Error>");
  EXPECT_EQ("AuthorizationHeaderMalformed", fault.code);
  EXPECT_EQ("eu-west-1", fault.region);
  EXPECT_EQ("", parse_fault("").code);
  EXPECT_EQ("", parse_fault("<Errors><Code>x</Code></Errors>").code);
}

TEST(Answers, PartsAndUploads) {
  const auto parts = parse_parts(
      "<ListPartsResult><NextPartNumberMarker>2</NextPartNumberMarker><IsTruncated>true</IsTruncated><Part>"
      "<PartNumber>2</PartNumber><ETag>\"e\"</ETag><Size>9</Size><ChecksumSHA256>c=</ChecksumSHA256></Part></"
      "ListPartsResult>");
  ASSERT_TRUE(parts) << parts.error().text();
  EXPECT_EQ(2, parts->next);
  EXPECT_EQ("c=", parts->parts.at(0).checksum);
  EXPECT_FALSE(parse_parts("<ListPartsResult><IsTruncated>true</IsTruncated></ListPartsResult>"));
  const auto uploads = parse_uploads(
      "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><Upload><Key>k</Key><UploadId>u</UploadId>"
      "<Initiated>2010-11-10T20:48:33.000Z</Initiated></Upload></ListMultipartUploadsResult>");
  ASSERT_TRUE(uploads) << uploads.error().text();
  EXPECT_EQ("u", uploads->uploads.at(0).id);
}

TEST(Times, HttpDates) {
  EXPECT_EQ(784'111'777 * kSecond, parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"));
  for (const char* text : {"", "Sun, 06 Nov 1994 08:49:37", "06 Nov 1994", "Sun, 06 Nov 1994 08:49:37 CET"})
    EXPECT_FALSE(parse_http_date(text)) << text;
}

}  // namespace
}  // namespace steward::objects
