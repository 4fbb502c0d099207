// A server that lies, loses answers and storms: no success that is none, and none lost that is one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "objects/object_reader.hpp"
#include "objects/s3/fake_server.hpp"

namespace steward::objects {
namespace {

constexpr std::string_view kErrorBody =
    "<?xml version=\"1.0\"?><Error><Code>InternalError</Code><Message>We encountered an internal "
    "error</Message></Error>";

/// Content of three parts.
std::string large(char fill) {
  return std::string(5 << 20, fill) + std::string(5 << 20, 'y') + std::string(1000, 'z');
}

class LyingServer : public ::testing::Test {
 protected:
  std::unique_ptr<ObjectStore> store(StoreOptions options = {}) { return fake_store(server_.url(), options); }
  /// A store that gives up soon: for faults that never end.
  std::unique_ptr<ObjectStore> hasty() { return fake_store(server_.url(), {}, 4); }

  /// The next `times` requests of that operation have this fate.
  void fate_of(const std::string& operation, const Fate& fate, int times = 1 << 30) {
    auto left = std::make_shared<std::atomic<int>>(times);
    server_.set_fates([=](const FakeRequest& request) {
      return request.operation() == operation && (*left)-- > 0 ? fate : Fate{};
    });
  }
  static Result<ObjectInfo> stream(ObjectStore& store, const std::string& bytes,
                                   const PutOptions& options = {}) {
    auto writer = store.create("key", {options, {}});
    if (!writer) return std::unexpected(writer.error());
    if (Status written = (*writer)->write(bytes); !written) return std::unexpected(written.error());
    return (*writer)->finish();
  }
  bool has(const std::string& bytes) const {
    const auto at = bucket_.objects.find("pre/key");
    return at != bucket_.objects.end() && at->second.bytes == bytes;
  }

  FakeBucket bucket_;
  FakeServer server_{bucket_};
};

TEST_F(LyingServer, ACompletionThatIs200WithAnErrorInsideIsNoSuccess) {
  fate_of("POST complete", {.carried_out = false, .instead = FakeReply{200, {}, std::string(kErrorBody)}});
  const auto info = stream(*hasty(), large('x'));
  ASSERT_FALSE(info);
  EXPECT_EQ(Code::unavailable, info.error().code()) << info.error().text();
  EXPECT_TRUE(bucket_.objects.empty());
}

TEST_F(LyingServer, ACompletionThatSaysAnErrorOnceIsRepeated) {
  fate_of("POST complete", {.carried_out = false, .instead = FakeReply{200, {}, std::string(kErrorBody)}}, 2);
  const auto info = stream(*store(), large('x'));
  ASSERT_TRUE(info) << info.error().text();
  EXPECT_TRUE(has(large('x')));
  EXPECT_EQ(1, bucket_.counts["POST complete"]);
}

TEST_F(LyingServer, ACompletionOfNothingButTheStatusIsNoSuccess) {
  for (const char* body :
       {"", "<?xml version=\"1.0\"?>", "<CompleteMultipartUploadResult/>", "OK", "<html></html>",
        "<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>"}) {
    fate_of("POST complete", {.carried_out = false, .instead = FakeReply{200, {}, body}});
    const auto info = stream(*hasty(), large('x'));
    EXPECT_FALSE(info) << body;
    EXPECT_TRUE(bucket_.objects.empty());
  }
}

TEST_F(LyingServer, ACompletionWithAnotherEtagThanTheObjectHasIsNoSuccess) {
  fate_of("POST complete", {.change = [](FakeReply& reply) {
            reply.body =
                "<CompleteMultipartUploadResult><ETag>\"0123\"</ETag></CompleteMultipartUploadResult>";
          }});
  const auto info = stream(*hasty(), large('x'));
  ASSERT_FALSE(info);
  EXPECT_EQ(Code::corrupt, info.error().code()) << info.error().text();
}

TEST_F(LyingServer, ACompletionThatIsInventedIsNoSuccess) {
  fate_of(
      "POST complete",
      {.carried_out = false,
       .instead = FakeReply{
           200, {}, "<CompleteMultipartUploadResult><ETag>\"0123\"</ETag></CompleteMultipartUploadResult>"}});
  EXPECT_FALSE(stream(*hasty(), large('x')));
  bucket_.objects["pre/key"] = {"older", "0123", "", ""};  // nor when another object is there
  EXPECT_FALSE(stream(*hasty(), large('x')));
}

TEST_F(LyingServer, APartWithAWrongEtagOrChecksumIsSentAgainAndNeverTrusted) {
  bucket_.answers_checksums = false;
  fate_of("PUT part", {.change = [](FakeReply& reply) { reply.headers = {{"ETag", "\"bad\""}}; }}, 2);
  ASSERT_TRUE(stream(*store(), large('x')));
  EXPECT_TRUE(has(large('x')));
  fate_of("PUT part", {.change = [](FakeReply& reply) { reply.headers = {{"ETag", "\"bad\""}}; }});
  EXPECT_EQ(Code::corrupt, stream(*hasty(), large('y')).error().code());
  fate_of("PUT part", {.change = [](FakeReply& reply) {
            reply.headers.emplace_back("x-amz-checksum-sha256", "bm90IGl0");
          }});
  EXPECT_FALSE(stream(*hasty(), large('y')));
  EXPECT_TRUE(has(large('x')));
}

TEST_F(LyingServer, APutWithoutAnEtagOrWithAWrongOneIsNoSuccess) {
  fate_of("PUT", {.change = [](FakeReply& reply) { reply.headers.clear(); }});
  EXPECT_FALSE(hasty()->put("key", "x"));
  fate_of("PUT", {.change = [](FakeReply& reply) { reply.headers[0].second = "\"0123\""; }});
  EXPECT_EQ(Code::corrupt, hasty()->put("key", "x").error().code());
  fate_of("PUT", {.carried_out = false, .instead = FakeReply{200, {{"ETag", "\"0123\""}}, ""}});
  bucket_.objects.clear();
  EXPECT_FALSE(hasty()->put("key", "x"));
}

TEST_F(LyingServer, AnEncryptedPutsEtagIsConfirmedByHead) {
  // With KMS the etag is no MD5 of the bytes: HEAD has to agree.
  fate_of("PUT", {.change = [this](FakeReply& reply) {
            bucket_.objects["pre/key"].etag = "ffffffffffffffffffffffffffffffff";
            reply.headers[0].second = "\"ffffffffffffffffffffffffffffffff\"";
          }});
  const auto info = store()->put("key", "x");
  ASSERT_TRUE(info) << info.error().text();
  EXPECT_EQ("ffffffffffffffffffffffffffffffff", info->etag);
}

TEST_F(LyingServer, AnEncryptedPutWhoseChecksumComesBackNeedsNoHead) {
  fate_of("PUT", {.change = [](FakeReply& reply) {
            reply.headers[0].second = "\"ffffffffffffffffffffffffffffffff\"";
            reply.headers.emplace_back("x-amz-server-side-encryption", "aws:kms");
          }});
  ASSERT_TRUE(store()->put("key", "x"));
  EXPECT_EQ(0, bucket_.counts["HEAD"]);
}

TEST_F(LyingServer, AReadThatIsTruncatedLongerOrFromElsewhereIsNoSuccess) {
  ASSERT_TRUE(store()->put("key", "0123456789"));
  const auto refused = [&](const std::function<void(FakeReply&)>& change) {
    fate_of("GET", {.change = change});
    const auto bytes = hasty()->read("key", 2, 4);
    EXPECT_FALSE(bytes) << bytes.value_or("");
  };
  refused([](FakeReply& reply) { reply.body.pop_back(); });
  refused([](FakeReply& reply) { reply.body += "x"; });
  refused([](FakeReply& reply) { reply.headers.back().second = "bytes 0-3/10"; });
  refused([](FakeReply& reply) { reply.headers.back().second = "bytes 2-5/4"; });
  refused([](FakeReply& reply) { reply.headers.back().second = "bytes 2-5"; });
  refused([](FakeReply& reply) { reply.headers.pop_back(); });
  refused([](FakeReply& reply) { reply.status = 200; });
  refused([](FakeReply& reply) { reply.body = kErrorBody; });
  fate_of("GET", {});
  EXPECT_EQ("2345", store()->read("key", 2, 4).value());
}

TEST_F(LyingServer, AReadOfAnotherVersionThanWasAskedForIsNoSuccess) {
  const auto info = store()->put("key", "old");
  ASSERT_TRUE(store()->put("key", "new"));
  fate_of("GET",
          {.carried_out = false,
           .instead = FakeReply{206, {{"ETag", "\"other\""}, {"Content-Range", "bytes 0-2/3"}}, "new"}});
  EXPECT_FALSE(hasty()->read("key", 0, 3, info->etag));
}

/// Every answer of a stream's requests is lost once, at every byte of it in turn (in steps).
TEST_F(LyingServer, AnswersLostAtAnyByteLeaveTheStreamWhole) {
  for (const char* operation : {"POST uploads", "PUT part", "POST complete", "HEAD"}) {
    for (std::size_t cut = 0;; cut += 61) {
      SCOPED_TRACE(fmt::format("{} cut after {} bytes", operation, cut));
      bucket_.objects.clear();
      fate_of(operation, {.cut = cut}, 1);
      const std::string bytes = std::string(5 << 20, static_cast<char>('a' + cut % 26)) + "end";
      const auto info = stream(*store(), bytes, {.if_absent = true});
      ASSERT_TRUE(info) << info.error().text();
      EXPECT_TRUE(has(bytes));
      EXPECT_EQ(static_cast<std::int64_t>(bytes.size()), info->size);
      if (cut > 420) break;  // longer than these answers
    }
  }
}

TEST_F(LyingServer, AConditionalPutWhoseAnswerIsLostAtAnyByteIsKnownAsOurs) {
  for (std::size_t cut = 0; cut < 330; ++cut) {
    SCOPED_TRACE(fmt::format("cut after {} bytes", cut));
    bucket_.objects.clear();
    fate_of("PUT", {.cut = cut}, 1);
    const auto first = store()->put("key", "mine", {.if_absent = true});
    ASSERT_TRUE(first) << first.error().text();
    fate_of("PUT", {.cut = cut}, 1);
    const auto second = store()->put("key", "mine again", {.if_match = first->etag});
    ASSERT_TRUE(second) << second.error().text();
    EXPECT_TRUE(has("mine again"));
  }
}

TEST_F(LyingServer, AConditionalPutThatSomebodyElseWonMeanwhileIsAConflict) {
  // Ours was lost on the way there, and before it is repeated another one has written.
  server_.set_fates([this, first = true](const FakeRequest& request) mutable {
    if (request.operation() != "PUT" || !std::exchange(first, false)) return Fate{};
    bucket_.objects["pre/key"] = {"theirs", "e7", "their token", ""};
    return Fate{.carried_out = false, .cut = 0};
  });
  const auto info = store()->put("key", "mine", {.if_absent = true});
  ASSERT_FALSE(info);
  EXPECT_EQ(Code::conflict, info.error().code());
  EXPECT_TRUE(has("theirs"));
}

TEST_F(LyingServer, AReadWhoseAnswerIsLostAtAnyByteIsRepeated) {
  ASSERT_TRUE(store()->put("key", "0123456789"));
  for (std::size_t cut = 0; cut < 400; cut += 3) {
    fate_of("GET", {.cut = cut}, 1);
    EXPECT_EQ("345", store()->read("key", 3, 3).value_or("nothing")) << cut;
    fate_of("GET list", {.cut = cut}, 1);
    const auto page = store()->list("");
    ASSERT_TRUE(page) << page.error().text();
    EXPECT_EQ(1U, page->objects.size()) << cut;
  }
}

TEST_F(LyingServer, AStormOf503IsWaitedOutWhileItsEndIsInSight) {
  fate_of("PUT", {.carried_out = false, .instead = FakeReply{503, {}, ""}}, 10);
  EXPECT_TRUE(store()->put("key", "x"));
  fate_of("PUT", {.carried_out = false, .instead = FakeReply{503, {{"Retry-After", "3600"}}, ""}});
  const auto info = store()->put("key", "y");
  ASSERT_FALSE(info);
  EXPECT_EQ(Code::unavailable, info.error().code());
  EXPECT_TRUE(has("x"));
}

TEST_F(LyingServer, AWrongClockIsMendedOnceByTheServersOwn) {
  bucket_.clock_offset_ns = -3 * 3600 * kSecond;
  const auto skewed = store();
  ASSERT_TRUE(skewed->put("key", "x"));
  EXPECT_EQ(2, bucket_.counts["PUT"]);
  ASSERT_TRUE(skewed->put("key", "y"));
  EXPECT_EQ(3, bucket_.counts["PUT"]);  // it is remembered
  EXPECT_TRUE(store()->head("key"));    // also where the answer has no body to say why
  fate_of("PUT", {.carried_out = false,
                  .instead = FakeReply{403, {}, "<Error><Code>RequestTimeTooSkewed</Code></Error>"}});
  const auto info = store()->put("key", "z");
  ASSERT_FALSE(info);
  EXPECT_EQ(Code::denied, info.error().code());
  EXPECT_THAT(info.error().text(), ::testing::HasSubstr("clock"));
}

TEST_F(LyingServer, AListingThatIsCutForeignOrEndlessIsNoSuccess) {
  for (const char* key : {"a", "b", "c"}) ASSERT_TRUE(store()->put(key, "x"));
  const auto refused = [&](const std::string& body) {
    fate_of("GET list", {.carried_out = false, .instead = FakeReply{200, {}, body}});
    EXPECT_FALSE(list_all(*hasty(), "")) << body;
  };
  refused("");
  refused("<ListBucketResult></ListBucketResult>");
  refused("<ListBucketResult><IsTruncated>false</IsTruncated>");
  refused("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>");
  const std::string item =
      "<Contents><Key>{}</Key><LastModified>2026-11-25T03:00:00Z</LastModified><ETag>e</ETag>"
      "<Size>1</Size></Contents></ListBucketResult>";
  refused("<ListBucketResult><IsTruncated>false</IsTruncated>" + fmt::format(fmt::runtime(item), "other/a"));
  refused("<ListBucketResult><IsTruncated>true</IsTruncated>" + fmt::format(fmt::runtime(item), "pre/a"));
}

TEST_F(LyingServer, AStaleListingLosesNothingThatIsRead) {
  ASSERT_TRUE(store()->put("key", "x"));
  fate_of("GET list",
          {.carried_out = false,
           .instead =
               FakeReply{200, {}, "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"}});
  EXPECT_TRUE(store()->list("")->objects.empty());  // the store's word; head and read do not rest on it
  EXPECT_TRUE(store()->head("key"));
  EXPECT_EQ("x", store()->read("key", 0, 1).value());
}

TEST_F(LyingServer, PartsThatTheStoreHasDoNotTravelAgain) {
  const auto lent = store();
  auto killed = lent->create("key");
  ASSERT_TRUE((*killed)->write(large('x')));
  const std::string id = (*killed)->upload_id();
  killed->reset();
  fate_of("POST complete", {.carried_out = false, .instead = FakeReply{501, {}, ""}});
  auto stopped = lent->create("key", {{}, id});
  ASSERT_TRUE((*stopped)->write(large('x')));
  ASSERT_FALSE((*stopped)->finish());
  stopped->reset();
  fate_of("", {});
  const int before = bucket_.counts["PUT part"];
  auto resumed = lent->create("key", {{}, id});
  ASSERT_TRUE((*resumed)->write(large('x')));
  const auto info = (*resumed)->finish();
  ASSERT_TRUE(info) << info.error().text();
  EXPECT_EQ(before, bucket_.counts["PUT part"]);
  EXPECT_TRUE(has(large('x')));
}

TEST_F(LyingServer, AResumedUploadsPartsOfOtherBytesAreSentAnew) {
  bucket_.answers_checksums = false;
  const auto lent = store();
  auto killed = lent->create("key");
  ASSERT_TRUE((*killed)->write(large('x')));
  const std::string id = (*killed)->upload_id();
  killed->reset();
  auto resumed = lent->create("key", {{}, id});
  ASSERT_TRUE((*resumed)->write(large('n')));
  ASSERT_TRUE((*resumed)->finish());
  EXPECT_TRUE(has(large('n')));
}

TEST_F(LyingServer, AnArchivedObjectIsNamedWithWhatToDo) {
  ASSERT_TRUE(store()->put("key", "x", {.storage_class = "GLACIER"}));
  EXPECT_TRUE(store()->head("key")->archived);
  const auto bytes = store()->read("key", 0, 1);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(Code::denied, bytes.error().code());
  EXPECT_THAT(bytes.error().text(), ::testing::HasSubstr("restore-object"));
}

TEST_F(LyingServer, StorageClassEncryptionAndChecksumsReachEveryKindOfWrite) {
  std::vector<std::string> seen;
  server_.set_fates([&](const FakeRequest& request) {
    if (request.operation() == "PUT" || request.operation() == "POST uploads")
      seen.push_back(
          fmt::format("{} {} {} {} {}", request.operation(), request.header("x-amz-storage-class"),
                      request.header("x-amz-server-side-encryption"),
                      request.header("x-amz-server-side-encryption-aws-kms-key-id"),
                      request.header("x-amz-checksum-sha256") + request.header("x-amz-checksum-algorithm")));
    return Fate{};
  });
  const auto cold = store({.storage_class = "STANDARD_IA", .encryption = "aws:kms", .kms_key = "key-1"});
  ASSERT_TRUE(cold->put("key", ""));
  ASSERT_TRUE(cold->put("key", "", {.storage_class = "GLACIER_IR"}));
  ASSERT_TRUE(stream(*cold, large('x')));
  ASSERT_TRUE(store({.checksums = false})->put("key", ""));
  EXPECT_THAT(seen, ::testing::ElementsAre(
                        "PUT STANDARD_IA aws:kms key-1 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                        "PUT GLACIER_IR aws:kms key-1 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                        "POST uploads STANDARD_IA aws:kms key-1 SHA256", "PUT    "));
}

TEST_F(LyingServer, CredentialsThatRanOutAreRenewedOnce) {
  int asked = 0;
  S3Parts parts;
  parts.http = net::make_http_caller();
  parts.credentials = std::make_unique<CredentialCache>([&]() -> Result<Credentials> {
    return Credentials{.key = {fmt::format("KEY{}", ++asked), Secret("s"), Secret("t")}};
  });
  const auto renewing = make_s3_store("bucket", {.endpoint = server_.url()}, "", std::move(parts));
  server_.set_fates([](const FakeRequest& request) {
    if (request.header("authorization").find("KEY1/") == std::string::npos) return Fate{};
    return Fate{.carried_out = false,
                .instead = FakeReply{400, {}, "<Error><Code>ExpiredToken</Code></Error>"}};
  });
  EXPECT_TRUE((*renewing)->put("key", "x"));
  EXPECT_EQ(2, asked);
}

TEST_F(LyingServer, AStopEndsAStormAtOnce) {
  std::stop_source stop;
  fate_of("PUT", {.carried_out = false, .instead = FakeReply{503, {{"Retry-After", "200"}}, ""}});
  const auto patient = store({.stop = stop.get_token()});
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_EQ(Code::cancelled, patient->put("key", "x").error().code());
}

TEST_F(LyingServer, ARedirectIsNotFollowedButSaysTheRegion) {
  fate_of("GET list",
          {.carried_out = false,
           .instead = FakeReply{
               301, {{"Location", "http://169.254.169.254/"}, {"x-amz-bucket-region", "eu-west-2"}}, ""}});
  const auto page = store()->list("");
  ASSERT_FALSE(page);
  EXPECT_EQ(Code::invalid, page.error().code());
  EXPECT_THAT(page.error().text(), ::testing::HasSubstr("eu-west-2"));
}

}  // namespace
}  // namespace steward::objects
