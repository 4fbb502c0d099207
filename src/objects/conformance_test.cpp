// What every object store promises (object_store.hpp), on each implementation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <thread>

#include "base/random.hpp"
#include "objects/object_reader.hpp"
#include "objects/open_store.hpp"
#include "objects/stores_under_test.hpp"

namespace steward::objects {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Code code_of(const auto& result) {
  return result ? Code::internal : result.error().code();
}

std::vector<std::string> keys_of(const std::vector<ObjectInfo>& objects) {
  std::vector<std::string> keys;
  for (const ObjectInfo& object : objects) keys.push_back(object.key);
  return keys;
}

/// Bytes that differ from place to place and from seed to seed.
std::string pattern(std::size_t size, std::uint64_t seed) {
  SeededRandom random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random.next());
  return bytes;
}

class Conformance : public ::testing::TestWithParam<StoreUnderTest> {
 protected:
  void SetUp() override {
    home_ = GetParam().make();
    store_ = home_->open();
    ASSERT_TRUE(store_);
  }
  std::string read(std::string_view key) {
    auto bytes = store_->read(key, 0, 1 << 26);
    EXPECT_TRUE(bytes) << bytes.error().text();
    return bytes.value_or("(nothing)");
  }
  std::unique_ptr<ObjectWriter> create(std::string_view key, const WriteOptions& options = {}) {
    auto writer = store_->create(key, options);
    EXPECT_TRUE(writer) << writer.error().text();
    return std::move(*writer);
  }

  std::unique_ptr<StoreHome> home_;
  std::unique_ptr<ObjectStore> store_;
};

TEST_P(Conformance, AnObjectThatWasPutIsReadBack) {
  const auto put = store_->put("a/b c+d=é%2F.txt", "hello");
  ASSERT_TRUE(put) << put.error().text();
  EXPECT_EQ("a/b c+d=é%2F.txt", put->key);
  EXPECT_EQ(5, put->size);
  EXPECT_FALSE(put->etag.empty());
  EXPECT_EQ("hello", read(put->key));
  const auto head = store_->head(put->key);
  ASSERT_TRUE(head) << head.error().text();
  EXPECT_EQ(put->etag, head->etag);
  EXPECT_EQ(5, head->size);
  EXPECT_FALSE(head->archived);
  EXPECT_LT(std::abs(head->modified - SystemClock().wall()), 3600 * kSecond);
}

TEST_P(Conformance, ANewVersionReplacesTheOldAndHasAnotherEtag) {
  const auto first = store_->put("key", "one");
  const auto second = store_->put("key", "two");
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->etag, second->etag);
  EXPECT_EQ("two", read("key"));
}

TEST_P(Conformance, TheIdentityStaysWhateverBecomesOfTheObjects) {
  const std::string identity = store_->identity();
  ASSERT_TRUE(store_->put("key", "one"));
  ASSERT_TRUE(store_->remove("key"));
  EXPECT_EQ(store_->identity(), identity);
  EXPECT_EQ(home_->open()->identity(), identity);
}

TEST_P(Conformance, AnEmptyObjectIsAnObject) {
  ASSERT_TRUE(store_->put("empty", ""));
  EXPECT_EQ("", read("empty"));
  EXPECT_EQ(0, store_->head("empty")->size);
  EXPECT_EQ("", store_->read("empty", 0, 0).value());
}

TEST_P(Conformance, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(Code::not_found, code_of(store_->head("nothing/here")));
  EXPECT_EQ(Code::not_found, code_of(store_->read("nothing/here", 0, 10)));
  EXPECT_TRUE(store_->remove("nothing/here"));
}

TEST_P(Conformance, ARemovedObjectIsGoneAndItsNeighbourStays) {
  ASSERT_TRUE(store_->put("d/a", "1"));
  ASSERT_TRUE(store_->put("d/b", "2"));
  ASSERT_TRUE(store_->remove("d/a"));
  EXPECT_EQ(Code::not_found, code_of(store_->head("d/a")));
  EXPECT_EQ("2", read("d/b"));
  ASSERT_TRUE(store_->remove("d/b"));
  EXPECT_THAT(store_->list("")->objects, IsEmpty());
}

TEST_P(Conformance, RangesAreExact) {
  const std::string bytes = pattern(10'000, 1);
  const auto info = store_->put("range", bytes);
  ASSERT_TRUE(info);
  EXPECT_EQ(bytes.substr(0, 1), store_->read("range", 0, 1).value());
  EXPECT_EQ(bytes.substr(9'990), store_->read("range", 9'990, 100, info->etag).value());
  EXPECT_EQ("", store_->read("range", 10'000, 10).value());
  EXPECT_EQ("", store_->read("range", 20'000, 10).value());
  EXPECT_EQ("", store_->read("range", 5, 0).value());
  EXPECT_EQ(Code::invalid, code_of(store_->read("range", -1, 5)));
  EXPECT_EQ(Code::invalid, code_of(store_->read("range", 0, -1)));
}

TEST_P(Conformance, AReaderNoticesThatTheObjectWasReplaced) {
  ASSERT_TRUE(store_->put("big", pattern(5'000, 1)));
  auto reader = ObjectReader::open(*store_, "big", 2'000);
  ASSERT_TRUE(reader) << reader.error().text();
  ASSERT_TRUE(reader->next());
  ASSERT_TRUE(store_->put("big", pattern(5'000, 2)));
  EXPECT_EQ(Code::conflict, code_of(reader->next()));
}

TEST_P(Conformance, AReaderGivesAllBytesInOrder) {
  const std::string bytes = pattern(7'001, 3);
  ASSERT_TRUE(store_->put("big", bytes));
  auto reader = ObjectReader::open(*store_, "big", 1'000);
  ASSERT_TRUE(reader);
  std::string all;
  while (true) {
    auto piece = reader->next();
    ASSERT_TRUE(piece) << piece.error().text();
    if (piece->empty()) break;
    all += *piece;
  }
  EXPECT_EQ(bytes, all);
}

TEST_P(Conformance, IfAbsentWritesOnlyTheFirst) {
  const auto first = store_->put("once", "first", {.if_absent = true});
  ASSERT_TRUE(first) << first.error().text();
  EXPECT_EQ(Code::conflict, code_of(store_->put("once", "second", {.if_absent = true})));
  EXPECT_EQ("first", read("once"));
}

TEST_P(Conformance, IfMatchWritesOnlyOverTheVersionThatWasSeen) {
  EXPECT_EQ(Code::conflict,
            code_of(store_->put("lease", "x", {.if_match = "0123456789abcdef0123456789abcdef"})));
  const auto one = store_->put("lease", "one");
  ASSERT_TRUE(one);
  const auto two = store_->put("lease", "two", {.if_match = one->etag});
  ASSERT_TRUE(two) << two.error().text();
  EXPECT_EQ(Code::conflict, code_of(store_->put("lease", "three", {.if_match = one->etag})));
  EXPECT_EQ("two", read("lease"));
}

TEST_P(Conformance, OfManyWritersWithOneConditionOneWins) {
  const auto seed = store_->put("race", "0");
  ASSERT_TRUE(seed);
  std::array<int, 4> won{};
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < won.size(); ++i) {
      threads.emplace_back([&, i] {
        won[i] = store_->put("race", fmt::format("writer {}", i), {.if_match = seed->etag}) ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(1, std::ranges::count(won, 1));
  const auto winner = std::ranges::find(won, 1) - won.begin();
  EXPECT_EQ(fmt::format("writer {}", winner), read("race"));
}

TEST_P(Conformance, AListingIsInTheOrderOfTheBytesAndPaged) {
  for (const char* key : {"b/1", "a0", "a/2", "a.txt", "a/1", "c"}) ASSERT_TRUE(store_->put(key, "x"));
  EXPECT_THAT(keys_of(list_all(*store_, "").value()), ElementsAre("a.txt", "a/1", "a/2", "a0", "b/1", "c"));
  EXPECT_THAT(keys_of(list_all(*store_, "a/").value()), ElementsAre("a/1", "a/2"));
  EXPECT_THAT(keys_of(list_all(*store_, "a").value()), ElementsAre("a.txt", "a/1", "a/2", "a0"));
  EXPECT_THAT(list_all(*store_, "nothing").value(), IsEmpty());
  const auto page = store_->list("", "a.txt", 2);
  ASSERT_TRUE(page) << page.error().text();
  EXPECT_THAT(keys_of(page->objects), ElementsAre("a/1", "a/2"));
  EXPECT_TRUE(page->more);
  EXPECT_FALSE(store_->list("", "a0", 2)->more);
  EXPECT_EQ(Code::invalid, code_of(list_all(*store_, "", 3)));
}

TEST_P(Conformance, AListingTellsSizesAndEtags) {
  const auto put = store_->put("x/1", "four");
  ASSERT_TRUE(put);
  const auto page = store_->list("x/");
  ASSERT_TRUE(page) << page.error().text();
  ASSERT_EQ(1U, page->objects.size());
  EXPECT_EQ(4, page->objects[0].size);
  EXPECT_EQ(put->etag, page->objects[0].etag);
}

TEST_P(Conformance, KeysThatCouldDoHarmAreRefusedByEveryMethod) {
  const std::string longest(241, 'a');
  for (const std::string key :
       {"", "/", "/etc/passwd", "..", "../x", "a/../../x", "a/./b", "a//b", "a/", "a\\b", "a\nb", "\x7f",
        "\xff", ".steward-store/lock", ".steward-store", longest.c_str()}) {
    SCOPED_TRACE(key);
    EXPECT_EQ(Code::invalid, code_of(store_->put(key, "x")));
    EXPECT_EQ(Code::invalid, code_of(store_->create(key)));
    EXPECT_EQ(Code::invalid, code_of(store_->head(key)));
    EXPECT_EQ(Code::invalid, code_of(store_->read(key, 0, 1)));
    EXPECT_EQ(Code::invalid, code_of(store_->remove(key)));
  }
  EXPECT_EQ(Code::invalid, code_of(store_->put(std::string("nul\0x", 5), "x")));
  EXPECT_EQ(Code::invalid, code_of(store_->list("../")));
  EXPECT_EQ(Code::invalid, code_of(store_->uploads("/")));
  EXPECT_EQ(Code::invalid, code_of(store_->put("k", "x", {.if_absent = true, .if_match = "e"})));
  EXPECT_THAT(store_->list("")->objects, IsEmpty());
}

TEST_P(Conformance, AStreamedObjectIsSeenOnlyWhenItIsFinished) {
  const std::string bytes = pattern(GetParam().large, 4);
  auto writer = create("large");
  for (std::size_t at = 0; at < bytes.size(); at += 1'000'003)
    ASSERT_TRUE(writer->write(std::string_view(bytes).substr(at, 1'000'003)));
  EXPECT_EQ(Code::not_found, code_of(store_->head("large")));
  EXPECT_THAT(store_->list("")->objects, IsEmpty());
  const auto info = writer->finish();
  ASSERT_TRUE(info) << info.error().text();
  EXPECT_EQ(static_cast<std::int64_t>(bytes.size()), info->size);
  EXPECT_TRUE(read("large") == bytes);
  EXPECT_THAT(store_->uploads("").value(), IsEmpty());
  EXPECT_EQ(info->etag, store_->head("large")->etag);
}

TEST_P(Conformance, AStreamOfNothingIsAnEmptyObject) {
  ASSERT_TRUE(create("none")->finish());
  EXPECT_EQ("", read("none"));
}

TEST_P(Conformance, ConditionsAreJudgedWhenAStreamFinishes) {
  auto small = create("once", {{.if_absent = true}, {}});
  auto large = create("once", {{.if_absent = true}, {}});
  ASSERT_TRUE(small->write("small"));
  ASSERT_TRUE(large->write(pattern(GetParam().large, 5)));
  ASSERT_TRUE(store_->put("once", "other"));
  EXPECT_EQ(Code::conflict, code_of(small->finish()));
  EXPECT_EQ(Code::conflict, code_of(large->finish()));
  EXPECT_TRUE(small->abort());
  EXPECT_TRUE(large->abort());
  EXPECT_EQ("other", read("once"));
  EXPECT_THAT(store_->uploads("").value(), IsEmpty());
}

TEST_P(Conformance, AnAbortedStreamLeavesNothing) {
  auto writer = create("dropped");
  ASSERT_TRUE(writer->write(pattern(GetParam().large, 6)));
  ASSERT_TRUE(writer->abort());
  EXPECT_EQ(Code::not_found, code_of(store_->head("dropped")));
  EXPECT_THAT(store_->uploads("").value(), IsEmpty());
}

TEST_P(Conformance, AnUnfinishedStreamIsResumedAndGivesWhatIsWrittenThen) {
  const std::string bytes = pattern(GetParam().large, 7);
  for (const bool same : {true, false}) {
    auto killed = create("resumed");
    ASSERT_TRUE(killed->write(same ? bytes : pattern(GetParam().large, 8)));
    const std::string id = killed->upload_id();
    ASSERT_FALSE(id.empty());
    killed.reset();
    const auto left = store_->uploads("res");
    ASSERT_TRUE(left) << left.error().text();
    ASSERT_EQ(1U, left->size());
    EXPECT_EQ("resumed", left->front().key);
    EXPECT_EQ(id, left->front().id);
    EXPECT_THAT(store_->uploads("other").value(), IsEmpty());
    auto writer = create("resumed", {{}, id});
    ASSERT_TRUE(writer->write(bytes));
    const auto info = writer->finish();
    ASSERT_TRUE(info) << info.error().text();
    EXPECT_TRUE(read("resumed") == bytes);
    EXPECT_THAT(store_->uploads("").value(), IsEmpty());
  }
}

TEST_P(Conformance, ResumingAnUploadThatIsGoneOnlyCostsItsTransfer) {
  const std::string bytes = pattern(GetParam().large, 9);
  auto killed = create("resumed");
  ASSERT_TRUE(killed->write(bytes));
  const std::string id = killed->upload_id();
  killed.reset();
  ASSERT_TRUE(store_->abort({"resumed", id, 0}));
  ASSERT_TRUE(store_->abort({"resumed", id, 0}));
  auto writer = create("resumed", {{}, id});
  ASSERT_TRUE(writer->write(bytes));
  ASSERT_TRUE(writer->finish());
  EXPECT_TRUE(read("resumed") == bytes);
}

TEST_P(Conformance, StaleUploadsAreAbortedAndFreshOnesStay) {
  auto writer = create("stale");
  ASSERT_TRUE(writer->write(pattern(GetParam().large, 10)));
  writer.reset();
  const WallNs now = SystemClock().wall();
  EXPECT_EQ(0, abort_stale_uploads(*store_, "", now - 3600 * kSecond).value());
  EXPECT_EQ(1, abort_stale_uploads(*store_, "", now + 3600 * kSecond).value());
  EXPECT_THAT(store_->uploads("").value(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Stores, Conformance, ::testing::ValuesIn(stores_under_test()),
                         [](const auto& store) { return store.param.name; });

}  // namespace
}  // namespace steward::objects
