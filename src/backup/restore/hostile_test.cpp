#include <gtest/gtest.h>

#include "backup/archive_writer.hpp"
#include "backup/restore/archive_reader.hpp"
#include "backup/test_kit.hpp"

namespace steward::backup {
namespace {

namespace fs = std::filesystem;

/// A backup as an attacker who owns the store would make it up: manifest and tar agree with one another or
/// not.
class Hostile : public testing::Test {
 protected:
  void add(Entry entry, const std::string& content) {
    entry.size = static_cast<std::int64_t>(content.size());
    tar_entries.emplace_back(entry, content);
    entry.sha256 = sha256_hex(content);
    manifest.files.push_back(entry);
  }
  static Entry named(const std::string& path, EntryType type = EntryType::file,
                     const std::string& target = "") {
    Entry entry;
    entry.path = path;
    entry.type = type;
    entry.target = target;
    entry.mode = 0644;
    return entry;
  }
  /// A file that is larger than its content is a hole.
  void store() {
    manifest.job = "config";
    manifest.host = "h";
    manifest.started = kSecond;
    manifest.time = time_name(kSecond);
    ArchiveOptions options;
    options.low_priority = false;
    auto writer =
        ArchiveWriter::open(*kit.store, "config/" + manifest.time, "files.tar", options, kit.clock).value();
    for (const auto& [entry, content] : tar_entries) {
      const bool hole = entry.size > static_cast<std::int64_t>(content.size());
      EXPECT_TRUE(
          writer->tar().header(entry, hole ? std::vector<Extent>{{entry.size, 0}} : std::vector<Extent>{}));
      EXPECT_TRUE(writer->tar().data(content));
    }
    manifest.archives = {writer->finish().value()};
    EXPECT_TRUE(kit.store->put(key_of("config", manifest.time, kManifestName), text_of(manifest)));
  }
  Result<RestoreReport> restored() {
    store();
    RestoreOptions restore_options;
    restore_options.to = kit.place("in/side");
    restore_options.links_out = links_out;
    restore_options.force = true;
    return restore(*kit.store, "config", manifest.time, {}, restore_options);
  }
  Kit kit;
  WholeManifest manifest;
  std::vector<std::pair<Entry, std::string>> tar_entries;
  bool links_out = false;
};

TEST_F(Hostile, PathsThatLeadOutAreRefused) {
  add(named("../../escaped"), "x");
  EXPECT_EQ(restored().error().code(), Code::corrupt);
  manifest.files.clear();
  tar_entries.clear();
}

TEST_F(Hostile, ATarWithPathsOfItsOwnIsRefused) {
  add(named("good"), "x");
  tar_entries[0].first.path = "/tmp/steward-escaped";
  const auto refused = restored();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("leads out"), std::string::npos) << refused.error().text();
}

TEST_F(Hostile, LinksThatLeadOutAreRefusedUnlessAskedFor) {
  add(named("link", EntryType::link, "/etc"), "");
  EXPECT_EQ(restored().error().code(), Code::denied);
}

TEST_F(Hostile, NothingIsWrittenThroughALink) {
  fs::create_directories(kit.place("outside"));
  links_out = true;
  add(named("link", EntryType::link, kit.place("outside")), "");
  add(named("link/escaped"), "x");
  EXPECT_FALSE(restored());
  EXPECT_TRUE(fs::is_empty(kit.place("outside")));
}

TEST_F(Hostile, NothingIsWrittenThroughALinkThatLiesThereAlready) {
  fs::create_directories(kit.place("outside"));
  fs::create_directories(kit.place("in/side"));
  fs::create_symlink(kit.place("outside"), kit.place("in/side/link"));
  add(named("link/escaped"), "x");
  const auto refused = restored();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("follows no link"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(kit.place("outside")));
}

TEST_F(Hostile, MoreThanTheManifestSaysIsRefused) {
  add(named("bomb"), std::string(1'000'000, '\0'));
  manifest.files[0].size = 10;
  EXPECT_EQ(restored().error().code(), Code::corrupt);
}

TEST_F(Hostile, SizesWhoseSumIsNoNumberAreRefused) {
  for (const char* name : {"a", "b", "c"}) {
    add(named(name), "x");
    manifest.files.back().size = std::int64_t{1} << 62;
  }
  const auto refused = restored();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("more bytes than there can be"), std::string::npos)
      << refused.error().text();
}

TEST_F(Hostile, AFileTooManyTwiceOrMissingIsRefused) {
  add(named("a"), "x");
  tar_entries.push_back(tar_entries[0]);
  EXPECT_EQ(restored().error().code(), Code::corrupt);
}

TEST_F(Hostile, AFileThatIsNotInTheTarIsRefused) {
  add(named("a"), "x");
  add(named("b"), "x");
  tar_entries.pop_back();
  const auto refused = restored();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("lacks b"), std::string::npos) << refused.error().text();
}

TEST_F(Hostile, OtherContentIsRefusedAndTakesNoName) {
  add(named("a"), "x");
  manifest.files[0].sha256 = sha256_hex("y");
  EXPECT_EQ(restored().error().code(), Code::corrupt);
  EXPECT_TRUE(fs::is_empty(kit.place("in/side")));
}

TEST_F(Hostile, AHoleOfYearsIsLeftWhenToldToStop) {
  add(named("hole"), std::string(1, '\0'));
  tar_entries[0].first.size = manifest.files[0].size = std::int64_t{1} << 60;
  store();
  struct Stopping : FileTaker {
    Result<bool> begin(const Entry&) override { return stop.request_stop(); }
    Status data(std::int64_t, std::string_view) override { return {}; }
    Status end(const Entry&) override { return {}; }
    std::stop_source stop;
  } taker;
  auto opened = open_backup(*kit.store, "config", manifest.time, {}, true);
  ASSERT_TRUE(opened) << opened.error().text();
  const auto read = read_archives(*kit.store, *opened, taker, taker.stop.get_token());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Code::cancelled) << read.error().text();
}

}  // namespace
}  // namespace steward::backup
