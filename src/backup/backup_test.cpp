#include "backup/backup.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "backup/manifest/catalog.hpp"
#include "backup/sources/file_reader.hpp"
#include "backup/sources/walk.hpp"
#include "backup/test_kit.hpp"
#include "os/files.hpp"

namespace steward::backup {
namespace {

namespace fs = std::filesystem;

void fill(const Kit& kit) {
  kit.write("main.toml", "name = 1\n");
  kit.write("deep/er/empty", "");
  kit.write("big.bin", noise(3'000'000));
  kit.write("odd \xff name", "x");
  kit.write("ü/€", "unicode");
  kit.write("run.sh", "#!/bin/sh\n");
  fs::permissions(kit.data() + "/run.sh", fs::perms{0750});
  fs::create_directories(kit.data() + "/empty folder");
  fs::permissions(kit.data() + "/empty folder", fs::perms{0711});
  fs::create_symlink("main.toml", kit.data() + "/current");
  fs::create_symlink("../big.bin", kit.data() + "/deep/up");
  fs::create_symlink("nowhere", kit.data() + "/dangling");
  const Fd sparse(::open((kit.data() + "/sparse").c_str(), O_CREAT | O_WRONLY, 0600));
  EXPECT_EQ(::pwrite(sparse.get(), "abc", 3, 1 << 20), 3);
  EXPECT_EQ(::ftruncate(sparse.get(), 8 << 20), 0);
  const Fd hole(::open((kit.data() + "/hole").c_str(), O_CREAT | O_WRONLY, 0600));
  EXPECT_EQ(::ftruncate(hole.get(), 1 << 20), 0);
}

struct How {
  Compression compression;
  bool encrypted;
  bool folder;  // the store
};

class Backups : public testing::TestWithParam<How> {
 protected:
  void SetUp() override {
    kit.job.compression = GetParam().compression;
    if (GetParam().folder) kit.store = objects::open_store("file://" + kit.place("store")).value();
    if (!GetParam().encrypted) return;
    kit.identities.push_back(make_identity());
    kit.job.recipients = {{"offline", make_identity().public_key}, {"drill", kit.identities[0].public_key}};
  }
  Kit kit;
};

TEST_P(Backups, RestoreGivesEveryFileBackAsItWas) {
  fill(kit);
  const auto tree = tree_of(kit.data());
  const auto done = kit.backup();
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_TRUE(done->notes.empty());
  EXPECT_EQ(done->files, 8);
  EXPECT_EQ(done->files_stored, 8);
  const auto back = kit.restore_to("new", done->time);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(tree_of(kit.restored("new")), tree);
  EXPECT_EQ(back->bytes, done->bytes);
  struct ::stat sparse{};
  ASSERT_EQ(::stat((kit.restored("new") + "/sparse").c_str(), &sparse), 0);
  EXPECT_LT(sparse.st_blocks * 512, 4 << 20) << "the holes were filled";
  const auto proved = verify(*kit.store, kit.job.name, done->time, kit.identities);
  ASSERT_TRUE(proved) << proved.error().text();
  EXPECT_TRUE(proved->proved);
  EXPECT_EQ(proved->files, 8);
  EXPECT_EQ(kit.store->list("").value().objects.size(), 2U) << "archive and manifest";
}

TEST_P(Backups, AnIncrementalOneHoldsWhatChangedAndRestoresTheWholeState) {
  fill(kit);
  const auto first_tree = tree_of(kit.data());
  const auto first = kit.backup();
  ASSERT_TRUE(first) << first.error().text();
  kit.write("main.toml", "name = 2\n");
  kit.write("new", "new");
  fs::remove(kit.data() + "/deep/er/empty");
  const auto second_tree = tree_of(kit.data());
  const auto second = kit.backup();
  ASSERT_TRUE(second) << second.error().text();
  EXPECT_EQ(second->parent, first->time);
  EXPECT_EQ(second->files_stored, 2);
  EXPECT_LT(second->bytes_stored, 20'000);
  const auto third = kit.backup();
  ASSERT_TRUE(third) << third.error().text();
  EXPECT_EQ(third->files_stored, 0);
  EXPECT_EQ(third->files, 8);
  EXPECT_TRUE(kit.restores_to(first->time, first_tree));
  EXPECT_TRUE(kit.restores_to(second->time, second_tree));
  EXPECT_TRUE(kit.restores_to(third->time, second_tree));
  EXPECT_EQ(read_manifest(*kit.store, "config", third->time)->needs,
            (std::vector{first->time, second->time}));
  EXPECT_TRUE(verify(*kit.store, "config", third->time, kit.identities)->proved);
}

INSTANTIATE_TEST_SUITE_P(All, Backups,
                         testing::Values(How{Compression::zstd, false, false},
                                         How{Compression::zstd, true, true},
                                         How{Compression::gzip, true, false},
                                         How{Compression::gzip, false, true}));

TEST(Backup, AFullOneAndOneWithOtherReadersTakeEverythingAgain) {
  Kit kit;
  kit.write("a", "a");
  ASSERT_TRUE(kit.backup());
  EXPECT_EQ(kit.backup()->files_stored, 0);
  kit.job.full = true;
  EXPECT_EQ(kit.backup()->files_stored, 1);
  kit.job.full = false;
  kit.job.recipients = {{"offline", make_identity().public_key}};
  const auto encrypted = kit.backup();
  EXPECT_EQ(encrypted->files_stored, 1);
  EXPECT_EQ(encrypted->parent, "");
}

TEST(Backup, AnotherHostsBackupsAreNotBuiltUpon) {
  Kit kit;
  kit.write("a", "a");
  ASSERT_TRUE(kit.backup());
  kit.environment.host = "trader-2";
  EXPECT_EQ(kit.backup()->files_stored, 1);
  kit.environment.host = "trader-1";
  EXPECT_EQ(kit.backup()->files_stored, 0);
}

TEST(Backup, AFileThatMayHaveChangedWithinTheClocksTickIsTakenAgain) {
  Kit kit;
  kit.write("a", "a");
  ManualClock now(SystemClock().wall());  // the file is younger than a second
  kit.environment.clock = &now;
  ASSERT_TRUE(run_backup(kit.job, *kit.store, kit.environment));
  now.advance(kSecond / 10);
  EXPECT_EQ(run_backup(kit.job, *kit.store, kit.environment)->files_stored, 1);
}

TEST(Backup, TwoInOneMillisecondDoNotMix) {
  Kit kit;
  kit.write("a", "a");
  const auto first = kit.backup();
  const auto second = run_backup(kit.job, *kit.store, kit.environment);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Code::conflict);
  EXPECT_TRUE(kit.restores_to(first->time, tree_of(kit.data())));
}

TEST(Backup, ExcludesPatternsAndOverlapsAreHeeded) {
  Kit kit;
  for (const char* name :
       {"bots/a/keep", "bots/a/x.log", "bots/b/keep", "bots/b/cache/deep/x", "bots/c/keep", "other"})
    kit.write(name, name);
  kit.job.sources = {{SourceKind::files, kit.data() + "/bots/[ab]", {"*.log", "cache"}},
                     {SourceKind::files, kit.data() + "/bots/a", {}}};
  const auto done = kit.backup();
  ASSERT_TRUE(done) << done.error().text();
  ASSERT_TRUE(kit.restore_to("new", done->time));
  std::vector<std::string> names;
  for (const auto& [name, what] : tree_of(kit.restored("new"))) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"/bots", "/bots/a", "/bots/a/keep", "/bots/a/x.log", "/bots/b",
                                             "/bots/b/keep"}));
}

TEST(Backup, TimesFromBefore1970AndFarAheadComeBack) {
  Kit kit;
  const auto with_time = [&](const char* name, std::int64_t seconds) {
    kit.write(name, name);
    const timespec times[2] = {{seconds, 5}, {seconds, 5}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (kit.data() + "/" + name).c_str(), times, 0), 0);
  };
  with_time("1969", -5);
  with_time("2255", 9'000'000'000);
  const auto tree = tree_of(kit.data());
  auto done = kit.backup();
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_TRUE(kit.restores_to(done->time, tree));
  with_time("2400", 13'600'000'000);  // no WallNs holds it
  done = kit.backup();
  ASSERT_TRUE(done) << done.error().text();
  const auto back = kit.restore_to("new", done->time);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(back->files, 3);
}

TEST(Backup, APathThatNoRestoreCouldMakeIsRefused) {
  Kit kit;
  kit.write("good", "1");
  const auto tree = tree_of(kit.data());
  const auto first = kit.backup();
  ASSERT_TRUE(first);
  auto folder = open_file(kit.data(), O_RDONLY | O_DIRECTORY);
  ASSERT_TRUE(folder);
  const std::string name(200, 'd');
  for (int i = 0; i < 21; ++i) {
    ASSERT_EQ(::mkdirat(folder->get(), name.c_str(), 0700), 0);
    *folder = Fd(::openat(folder->get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  const auto second = kit.backup();
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().text().find("more than 4095 bytes; exclude " + name), std::string::npos)
      << second.error().text();
  EXPECT_EQ(newest_backup(*kit.store, "config").value(), first->time);
}

TEST(Backup, WhatMayNotBeReadIsNamedWithWhatToDo) {
  EXPECT_EQ(cannot_read(EACCES, "/a/shut").error().text(),
            "cannot read /a/shut: Permission denied; let this user read it, or exclude it");
  EXPECT_EQ(cannot_read(EIO, "/a/bad").error().text(), "cannot read /a/bad: Input/output error");
}

TEST(Backup, WhatAKilledRestoreLeftIsNoPartOfIt) {
  Kit kit;
  kit.write(".steward-restore.part", "half");
  kit.write("a", "1");
  const auto done = kit.backup();
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(done->notes.size(), 1U);
  const auto back = kit.restore_to("new", done->time);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(back->files, 1) << "as many as are there";
  EXPECT_EQ(list_folder(kit.restored("new")).value(), std::vector<std::string>{"a"});
}

TEST(Backup, TheStoreItGoesToIsNoPartOfIt) {
  Kit kit;
  kit.write("a", "1");
  fs::create_directories(kit.data() + "/backups/here");
  fs::create_symlink(kit.data() + "/backups", kit.place("link"));
  kit.store = objects::open_store("file://" + kit.place("link") + "/here").value();
  const auto done = kit.backup();
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(done->files, 1);
  ASSERT_EQ(done->notes.size(), 1U);
  EXPECT_NE(done->notes[0].find("/backups/here is where the backups are"), std::string::npos);
  ASSERT_TRUE(kit.restore_to("new", done->time));
  EXPECT_EQ(list_folder(kit.restored("new")).value(), (std::vector<std::string>{"a", "backups"}));
  kit.job.sources = {{SourceKind::files, kit.data() + "/backups/here", {}}};
  const auto itself = kit.backup();
  ASSERT_FALSE(itself);
  EXPECT_NE(itself.error().text().find("lies in the store"), std::string::npos);
}

TEST(Backup, AFolderWhoseNameIsAPatternIsMeantItself) {
  Kit kit;
  kit.write("[ab]/x", "1");
  kit.write("a/x", "2");
  kit.job.sources = {{SourceKind::files, kit.data() + "/[ab]", {}}};
  auto done = kit.backup();
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_TRUE(kit.manifest(done->time).files.front().path.ends_with("/[ab]"));
  fs::remove_all(kit.data() + "/[ab]");
  done = kit.backup();
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_TRUE(kit.manifest(done->time).files.front().path.ends_with("/a"));
}

TEST(Backup, SocketsAndPipesAreLeftOutWithANote) {
  Kit kit;
  kit.write("a", "a");
  ASSERT_EQ(::mkfifo((kit.data() + "/pipe").c_str(), 0600), 0);
  const auto done = kit.backup();
  ASSERT_TRUE(done) << done.error().text();
  ASSERT_EQ(done->notes.size(), 1U);
  EXPECT_NE(done->notes[0].find("/pipe is a socket, pipe or device"), std::string::npos);
  kit.job.sources = {{SourceKind::files, kit.data() + "/pipe", {}}};
  const auto alone = kit.backup();
  ASSERT_FALSE(alone) << "who names it wants it";
  EXPECT_EQ(alone.error().code(), Code::invalid);
}

TEST(Backup, AMissingSourceFailsTheJobAndLeavesEarlierBackups) {
  Kit kit;
  kit.write("a", "a");
  const auto tree = tree_of(kit.data());
  const auto first = kit.backup();
  fs::rename(kit.data(), kit.place("elsewhere"));
  const auto second = kit.backup();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Code::not_found);
  EXPECT_NE(second.error().text().find(kit.data() + " is not there"), std::string::npos);
  EXPECT_EQ(newest_backup(*kit.store, "config").value(), first->time);
  EXPECT_TRUE(kit.restores_to(first->time, tree));
}

TEST(Backup, AStoppedOneLeavesNothingThatCounts) {
  Kit kit;
  kit.write("a", noise(1'000'000));
  std::stop_source stop;
  kit.environment.stop = stop.get_token();
  kit.job.bytes_a_second = 1000;  // a quarter of an hour, if nobody stopped it
  std::thread stopper([&] { stop.request_stop(); });
  const auto done = kit.backup();
  stopper.join();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Code::cancelled);
  EXPECT_EQ(newest_backup(*kit.store, "config").error().code(), Code::not_found);
}

class ReadFile : public testing::Test {
 protected:
  void SetUp() override {
    kit.write("f", std::string(1000, 'a'));
    parent = open_file(kit.data(), O_RDONLY | O_DIRECTORY).value();
    found.folder = parent.get();
    found.name = "f";
    found.entry.path = kit.data().substr(1) + "/f";
    file = std::move(open_found(found).value());
  }
  void append(const std::string& text) { std::ofstream(kit.data() + "/f", std::ios::app) << text; }
  Kit kit;
  Fd parent;
  Found found;
  std::optional<OpenFile> file;
  TextSink out;
  TarWriter tar{out};
};

TEST_F(ReadFile, GrowthIsNotedAndThePartFromBeforeIsKept) {
  append("more");
  ASSERT_TRUE(put_file(*file, false, tar));
  EXPECT_TRUE(file->entry.changed);
  EXPECT_EQ(file->entry.size, 1000);
  EXPECT_EQ(file->entry.sha256, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3");
}

TEST_F(ReadFile, AJournalMayGrow) {
  append("more");
  ASSERT_TRUE(put_file(*file, true, tar));
  EXPECT_FALSE(file->entry.changed);
  EXPECT_EQ(file->entry.size, 1000);
}

TEST_F(ReadFile, ACutFileIsFilledWithZerosAndNoted) {
  fs::resize_file(kit.data() + "/f", 10);
  ASSERT_TRUE(put_file(*file, false, tar));
  EXPECT_TRUE(file->entry.changed);
  EXPECT_TRUE(tar.finish()) << "the archive stays whole";
}

TEST_F(ReadFile, AVanishedOneIsNone) {
  fs::remove(kit.data() + "/f");
  EXPECT_FALSE(open_found(found).value().has_value());
  fs::create_symlink("/etc/passwd", kit.data() + "/f");
  EXPECT_FALSE(open_found(found).value().has_value());
}

}  // namespace
}  // namespace steward::backup
