#include "backup/manifest/file_list.hpp"

#include <gtest/gtest.h>

#include "backup/manifest/path_set.hpp"
#include "backup/stages/spool.hpp"
#include "backup/stages/test_streams.hpp"

namespace steward::backup {
namespace {

Entry numbered(int number) {
  Entry entry;
  entry.path = fmt::format("data/{}/file-{}", number % 7, number);
  entry.size = number;
  entry.sha256 = std::string(64, 'a');
  return entry;
}

TEST(FileList, KeepsMoreThanFitsInMemoryInOrderAndFindsEach) {
  constexpr int kFiles = 20'000;  // 4 MiB
  FileList files;
  for (int i = 0; i < kFiles; ++i) ASSERT_TRUE(files.add(numbered(i)));
  ASSERT_TRUE(files.index());
  ASSERT_GT(files.size_bytes(), 3 << 20);
  int next = 0;
  ASSERT_TRUE(files.each([&](const Entry& entry) -> Status {
    return entry == numbered(next++) ? Status{} : fail(Code::internal, "{}", entry.path);
  }));
  EXPECT_EQ(next, kFiles);
  EXPECT_EQ(files.size(), kFiles);
  for (int i = 0; i < kFiles; i += 97) EXPECT_EQ(files.find(numbered(i).path)->value(), numbered(i));
  EXPECT_EQ(files.find(numbered(kFiles - 1).path)->value().size, kFiles - 1) << "what was added last";
  EXPECT_FALSE(files.find("data/0/file-1")->has_value());
  TextSink text;
  ASSERT_TRUE(files.write_to(text));
  EXPECT_EQ(std::ranges::count(text.text, '\n'), kFiles);
  EXPECT_TRUE(text.text.ends_with("}\n"));
  EXPECT_NE(text.text.find("},\n{"), std::string::npos);
}

TEST(FileList, NamesThePathThatIsThereTwice) {
  FileList files;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(files.add(numbered(i)));
  ASSERT_TRUE(files.add(numbered(50)));
  const auto refused = files.index();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::corrupt);
  EXPECT_NE(refused.error().text().find("data/1/file-50"), std::string::npos);
}

TEST(FileList, TheLongestEntryFits) {
  Entry entry = numbered(1);
  entry.type = EntryType::link;
  entry.sha256.clear();
  entry.size = 0;
  for (std::string* text : {&entry.path, &entry.target}) {
    text->clear();
    while (text->size() < 4000) *text += "/" + std::string(200, '\x01');
    *text = text->substr(1);
  }
  FileList files;
  ASSERT_TRUE(files.add(entry));
  ASSERT_TRUE(files.add(numbered(2)));
  ASSERT_TRUE(files.index());
  EXPECT_LT(format_entry(entry).size() + 2, kLongestEntry);
  EXPECT_EQ(files.find(entry.path)->value(), entry);
}

TEST(Spool, ReadsAcrossWhatLiesInTheFileAndWhatDoesNot) {
  const std::string all = noise(5 << 20);
  Spool spool;
  for (std::size_t at = 0; at < all.size(); at += 70'001)
    ASSERT_TRUE(spool.append(std::string_view(all).substr(at, 70'001)));
  EXPECT_EQ(spool.size(), 5 << 20);
  for (std::size_t at :
       {0UL, 1UL, 2'000'000UL, 4'000'000UL, 4'200'000UL, 1'000UL, (5UL << 20) - 1, 5UL << 20})
    EXPECT_EQ(spool.read(static_cast<std::int64_t>(at), 300'000).value(),
              std::string_view(all).substr(at, 300'000))
        << at;
  ASSERT_TRUE(spool.append("more"));
  EXPECT_EQ(spool.read(5 << 20, 10).value(), "more");
}

TEST(Spool, AFolderThatIsMissingIsNamed) {
  ::setenv("TMPDIR", "/nonexistent-steward", 1);
  Spool spool;
  const auto refused = spool.append(std::string(3 << 20, 'x'));
  ::unsetenv("TMPDIR");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("/nonexistent-steward"), std::string::npos) << refused.error().text();
}

TEST(PathSet, KnowsWhatWasPutIn) {
  PathSet paths;
  for (int i = 0; i < 10'000; ++i) paths.insert(numbered(i).path);
  for (int i = 0; i < 20'000; ++i) EXPECT_EQ(paths.contains(numbered(i).path), i < 10'000);
}

}  // namespace
}  // namespace steward::backup
