#include "backup/restore/restore.hpp"
#include "backup/restore/verify.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

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

TEST(Restore, ALinkThatAKilledOneLeftIsInNoLinksWay) {
  Kit kit;
  fs::create_symlink("main.toml", kit.data() + "/current");
  const auto done = kit.backup();
  fs::create_directories(kit.restored("new"));
  fs::create_symlink("elsewhere", kit.restored("new") + "/.steward-restore.part");
  RestoreOptions options;
  options.to = kit.place("new");
  options.force = true;
  const auto again = restore(*kit.store, "config", done->time, {}, options);
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(tree_of(kit.restored("new")), tree_of(kit.data()));
}

TEST(Restore, ALinkThatCannotBeMadeLeavesNoPartBehind) {
  Kit kit;
  fs::create_symlink("main.toml", kit.data() + "/current");
  const auto done = kit.backup();
  fs::create_directories(kit.restored("new") + "/current");
  RestoreOptions options;
  options.to = kit.place("new");
  options.force = true;
  const auto refused = restore(*kit.store, "config", done->time, {}, options);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("cannot make the link"), std::string::npos) << refused.error().text();
  EXPECT_FALSE(fs::is_symlink(kit.restored("new") + "/.steward-restore.part"));
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

TEST(Restore, MoreThanIsFreeIsRefusedBeforehand) {
  Kit kit;
  kit.write("a", "1");
  const auto done = kit.backup();
  RestoreOptions options;
  options.to = kit.place("new");
  options.leave_free = std::int64_t{1} << 60;
  const auto refused = restore(*kit.store, "config", done->time, {}, options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::unavailable) << refused.error().text();
  EXPECT_FALSE(fs::exists(options.to));
}

TEST(Restore, TheHolesOfAFileNeedNoRoom) {
  constexpr std::int64_t kHole = 256 << 20;
  Kit kit;
  kit.write("sparse", "1");
  fs::resize_file(kit.data() + "/sparse", kHole);
  ASSERT_TRUE(kit.backup());
  kit.write("a", "1");
  const auto second = kit.backup();  // the hole is in the first
  RestoreOptions options;
  options.to = kit.place("new");
  options.leave_free = static_cast<std::int64_t>(fs::space(kit.folder.path()).available) - kHole / 2;
  const auto restored = restore(*kit.store, "config", second->time, {}, options);
  ASSERT_TRUE(restored) << restored.error().text();
  EXPECT_EQ(restored->from.size(), 2U);
  EXPECT_EQ(fs::file_size(kit.restored("new") + "/sparse"), kHole);
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

TEST(Restore, AnEarlierBackupThatWasRemovedByHandIsNamedWithWhatToDo) {
  Kit kit;
  kit.write("a", "1");
  const auto first = kit.backup();
  const auto second = kit.backup();
  for (const char* name : {"manifest.json", "files.tar.zst"})
    ASSERT_TRUE(kit.store->remove(key_of("config", first->time, name)));
  const std::string said =
      fmt::format("config/{} needs the backup {}, which is not there any more; take another one (--at TIME)",
                  second->time, first->time);
  const auto refused = kit.restore_to("new", second->time);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find(said), std::string::npos) << refused.error().text();
  const auto unverified = verify(*kit.store, "config", second->time, {});
  ASSERT_FALSE(unverified);
  EXPECT_NE(unverified.error().text().find(said), std::string::npos) << unverified.error().text();
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
