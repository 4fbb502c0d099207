#include "backup/restore/restore.hpp"
#include "backup/restore/verify.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "backup/archive_writer.hpp"
#include "backup/manifest/catalog.hpp"
#include "backup/test_kit.hpp"

namespace steward::backup {
namespace {

namespace fs = std::filesystem;

TEST(Restore, IntoAFolderThatIsNotEmptyOnlyWhenToldSo) {
  Kit kit;
  kit.write("a", "old");
  const auto done = kit.backup();
  fs::create_directories(kit.restored("new"));
  std::ofstream(kit.restored("new") + "/a") << "live";
  const auto refused = kit.restore_to("new", done->time);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::conflict);
  EXPECT_NE(refused.error().text().find("--force"), std::string::npos);
  RestoreOptions options;
  options.to = kit.place("new");
  options.force = true;
  ASSERT_TRUE(restore(*kit.store, "config", done->time, {}, options));
  EXPECT_EQ(tree_of(kit.restored("new")), tree_of(kit.data()));
}

TEST(Restore, WhatAKilledOneLeftIsInNobodysWay) {
  Kit kit;
  kit.write("a", "1");
  const auto done = kit.backup();
  fs::create_directories(kit.restored("new"));
  std::ofstream(kit.place("elsewhere")) << "safe";
  fs::create_symlink(kit.place("elsewhere"), kit.restored("new") + "/.steward-restore.part");
  RestoreOptions options;
  options.to = kit.place("new");
  options.force = true;
  ASSERT_TRUE(restore(*kit.store, "config", done->time, {}, options));
  EXPECT_EQ(tree_of(kit.restored("new")), tree_of(kit.data()));
  EXPECT_EQ(fs::file_size(kit.place("elsewhere")), 4);
}

TEST(Restore, APartOfIt) {
  Kit kit;
  kit.write("a/x", "1");
  kit.write("ab/x", "2");
  kit.write("b/x", "3");
  const auto done = kit.backup();
  RestoreOptions options;
  options.to = kit.place("new");
  options.only = {kit.data() + "/a"};
  const auto part = restore(*kit.store, "config", done->time, {}, options);
  ASSERT_TRUE(part) << part.error().text();
  EXPECT_EQ(part->files, 1);
  EXPECT_TRUE(fs::exists(kit.restored("new") + "/a/x"));
  EXPECT_FALSE(fs::exists(kit.restored("new") + "/ab"));
  options.to = kit.place("other");
  options.only = {"/no/such"};
  EXPECT_EQ(restore(*kit.store, "config", done->time, {}, options).error().code(), Code::not_found);
  options.only = {kit.data() + "/a", "a/typo"};
  const auto mistyped = restore(*kit.store, "config", done->time, {}, options);
  ASSERT_FALSE(mistyped);
  EXPECT_NE(mistyped.error().text().find("holds no \"a/typo\"; name the whole path"), std::string::npos);
  EXPECT_FALSE(fs::exists(options.to));
}

TEST(Restore, WhatLiesInTheWayIsNotTakenForADamagedBackup) {
  Kit kit;
  kit.write("a", "1");
  const auto done = kit.backup();
  fs::create_directories(kit.restored("new"));
  fs::create_directory(kit.restored("new") + "/a");
  RestoreOptions options;
  options.to = kit.place("new");
  options.force = true;
  const auto refused = restore(*kit.store, "config", done->time, {}, options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text().find("read"), std::string::npos) << refused.error().text();
  EXPECT_NE(refused.error().text().find(kit.restored("new") + "/a: Is a directory"), std::string::npos);
}

TEST(Restore, ADryRunWritesNothing) {
  Kit kit;
  kit.write("a", "1");
  const auto done = kit.backup();
  RestoreOptions options;
  options.to = kit.place("new");
  options.dry_run = true;
  EXPECT_EQ(restore(*kit.store, "config", done->time, {}, options)->files, 1);
  EXPECT_FALSE(fs::exists(kit.place("new")));
}

TEST(Restore, ByTime) {
  Kit kit;
  kit.write("a", "1");
  const auto first = kit.backup();
  const WallNs then = kit.clock.wall();
  const auto second = kit.backup();
  EXPECT_EQ(newest_backup(*kit.store, "config").value(), second->time);
  EXPECT_EQ(newest_backup(*kit.store, "config", time_name(then)).value(), first->time);
  EXPECT_EQ(newest_backup(*kit.store, "config", time_name(then - kSecond)).error().code(), Code::not_found);
  EXPECT_EQ(newest_backup(*kit.store, "other").error().code(), Code::not_found);
}

TEST(Restore, WithoutTheKeyNothingIsReadAndOnlyTheCiphertextVerified) {
  Kit kit;
  kit.write("a", "secret of the strategy");
  kit.job.recipients = {{"offline", make_identity().public_key}};
  const auto done = kit.backup();
  const auto refused = kit.restore_to("new", done->time);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::denied);
  EXPECT_NE(refused.error().text().find("offline"), std::string::npos);
  const auto checked = verify(*kit.store, "config", done->time, {});
  ASSERT_TRUE(checked) << checked.error().text();
  EXPECT_FALSE(checked->proved);
  EXPECT_EQ(kit.object(key_of("config", done->time, "files.tar.zst.enc")).find("secret"), std::string::npos);
}

TEST(Restore, AnythingThatWasAlteredOrCutIsRefusedAndTakesNoName) {
  for (const bool encrypted : {false, true}) {
    Kit kit;
    kit.write("a", noise(100));
    if (encrypted) {
      kit.identities.push_back(make_identity());
      kit.job.recipients = {{"drill", kit.identities[0].public_key}};
    }
    const auto done = kit.backup();
    int round = 0;
    for (const std::string& name :
         {std::string(kManifestName), std::string(encrypted ? "files.tar.zst.enc" : "files.tar.zst")}) {
      const std::string key = key_of("config", done->time, name);
      const std::string good = kit.object(key);
      const auto refused = [&](const std::string& bytes) {
        ASSERT_TRUE(kit.store->put(key, bytes));
        const std::string place = fmt::format("r{}", ++round);
        const auto back = kit.restore_to(place, done->time);
        ASSERT_FALSE(back) << name;
        EXPECT_EQ(back.error().code(), Code::corrupt) << back.error().text();
        EXPECT_FALSE(verify(*kit.store, "config", done->time, kit.identities));
        fs::remove_all(kit.place(place));
      };
      for (std::size_t at = 0; at + 1 < good.size(); at += good.size() / 30 + 1) {
        std::string changed = good;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        refused(changed);
        refused(good.substr(0, at));
      }
      refused(good + "x");
      ASSERT_TRUE(kit.store->put(key, good));
    }
    EXPECT_TRUE(kit.restore_to("good", done->time));
  }
}

TEST(Restore, AManifestThatWasRewrittenIsNotTheKeysOwn) {
  Kit kit;
  kit.write("a", "1");
  kit.identities.push_back(make_identity());
  kit.job.recipients = {{"drill", kit.identities[0].public_key}};
  const auto done = kit.backup();
  auto manifest = kit.manifest(done->time);
  manifest.files[0].mode = 0777;
  const Secret other = make_data_key();
  ASSERT_TRUE(kit.store->put(key_of("config", done->time, kManifestName), text_of(manifest, &other)));
  const auto refused = kit.restore_to("new", done->time);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("tampered"), std::string::npos);
}

TEST(Restore, AMissingArchiveOfAnEarlierBackupIsNamed) {
  Kit kit;
  kit.write("a", "1");
  const auto first = kit.backup();
  const auto second = kit.backup();
  ASSERT_TRUE(kit.store->remove(key_of("config", first->time, "files.tar.zst")));
  const auto refused = kit.restore_to("new", second->time);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find(first->time), std::string::npos);
  EXPECT_FALSE(verify(*kit.store, "config", second->time, {}));
}

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
  Result<RestoreReport> restored() {
    manifest.job = "config";
    manifest.host = "h";
    manifest.started = kSecond;
    manifest.time = time_name(kSecond);
    ArchiveOptions options;
    options.low_priority = false;
    auto writer =
        ArchiveWriter::open(*kit.store, "config/" + manifest.time, "files.tar", options, kit.clock).value();
    for (const auto& [entry, content] : tar_entries) {
      EXPECT_TRUE(writer->tar().header(entry));
      EXPECT_TRUE(writer->tar().data(content));
    }
    manifest.archives = {writer->finish().value()};
    EXPECT_TRUE(kit.store->put(key_of("config", manifest.time, kManifestName), text_of(manifest)));
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

TEST_F(Hostile, MoreThanIsFreeIsRefusedBeforehand) {
  add(named("a"), "x");
  manifest.files[0].size = std::int64_t{1} << 60;
  EXPECT_EQ(restored().error().code(), Code::unavailable);
}

TEST(StaysInside, KnowsWhereLinksLead) {
  for (const auto& [path, target] : std::vector<std::pair<std::string, std::string>>{
           {"a", "b"}, {"d/a", "../b"}, {"d/e/a", "../../b/c"}, {"a", "./b"}, {"d/a", ".."}})
    EXPECT_TRUE(stays_inside(path, target)) << path << " " << target;
  for (const auto& [path, target] : std::vector<std::pair<std::string, std::string>>{{"a", "/b"},
                                                                                     {"a", ".."},
                                                                                     {"d/a", "../../b"},
                                                                                     {"d/a", "b/../../../c"},
                                                                                     {"d/a", "b/.."},
                                                                                     {"a", "./../b"}})
    EXPECT_FALSE(stays_inside(path, target)) << path << " " << target;
}

TEST(Sample, TakesTheNewestAndOthersOnce) {
  Kit kit;
  kit.write("a", "1");
  std::vector<std::string> times;
  for (int i = 0; i < 4; ++i) times.push_back(kit.backup()->time);
  SeededRandom random(7);
  auto sample = sample_backups(*kit.store, "config", 3, random).value();
  EXPECT_EQ(sample.size(), 3U);
  EXPECT_EQ(sample[0], times.back());
  std::ranges::sort(sample);
  EXPECT_EQ(std::ranges::adjacent_find(sample), sample.end());
  EXPECT_EQ(sample_backups(*kit.store, "config", 99, random)->size(), 4U);
}

}  // namespace
}  // namespace steward::backup
