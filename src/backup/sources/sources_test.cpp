// Sources beyond plain files, and the stages around the archive.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "backup/manifest/catalog.hpp"
#include "backup/sources/file_reader.hpp"
#include "backup/stages/hash.hpp"
#include "backup/stages/throttle.hpp"
#include "backup/stages/worker_sink.hpp"
#include "backup/test_kit.hpp"
#include "os/files.hpp"
#include "store/sqlite.hpp"

namespace steward::backup {
namespace {

TEST(Sources, ASqliteDatabaseIsStoredUnderItsOwnPathWithoutItsLog) {
  Kit kit;
  const std::string path = kit.data() + "/bot.db";
  {
    auto db = store::Db::open(path, store::Db::Mode::own);
    ASSERT_TRUE(db->exec("CREATE TABLE orders(id INTEGER); INSERT INTO orders VALUES(1),(2),(3)"));
  }
  kit.job.sources = {{SourceKind::sqlite, kit.data() + "/*.db", {}}};
  const auto done = kit.backup();
  ASSERT_TRUE(done) << done.error().text();
  ASSERT_TRUE(kit.restore_to("new", done->time));
  auto copy = store::Db::open(kit.restored("new") + "/bot.db", store::Db::Mode::snapshot);
  ASSERT_TRUE(copy) << copy.error().text();
  EXPECT_EQ(copy->number("SELECT count(*) FROM orders").value(), 3);
  EXPECT_TRUE(list_folder(kit.environment.scratch)->empty()) << "the copy stayed behind";
  // A copy is never taken for unchanged.
  EXPECT_EQ(kit.backup()->files_stored, 1);
}

TEST(Sources, ADatabaseBesideTheFolderItLiesInIsTakenOnceAndWithoutItsLog) {
  Kit kit;
  ASSERT_TRUE(
      store::Db::open(kit.data() + "/bot.db", store::Db::Mode::own)->exec("CREATE TABLE orders(id INTEGER)"));
  kit.write("bot.db-wal", "a log");
  kit.write("bot.db-shm", "");
  kit.job.sources = {{SourceKind::sqlite, kit.data() + "/bot.db", {}}, {SourceKind::files, kit.data(), {}}};
  const auto done = kit.backup();
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(done->files, 1);
  ASSERT_TRUE(kit.restore_to("new", done->time));
  EXPECT_EQ(*list_folder(kit.restored("new")), std::vector<std::string>{"bot.db"});
}

TEST(Sources, ADatabaseInUseByItsOnlyOwnerAndAFolderAreNamed) {
  Kit kit;
  auto db = store::Db::open(kit.data() + "/bot.db", store::Db::Mode::own);
  ASSERT_TRUE(db->exec("CREATE TABLE orders(id INTEGER)"));
  kit.job.sources = {{SourceKind::sqlite, kit.data(), {}}};
  const auto folder = kit.backup();
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().text().find("name the SQLite database itself"), std::string::npos);
  kit.write("text.db", std::string(5000, 'x'));
  kit.job.sources = {{SourceKind::sqlite, kit.data() + "/text.db", {}}};
  EXPECT_EQ(kit.backup().error().code(), Code::corrupt);
}

/// The SHA-256 of the only file of a tar.
std::string sha256_in(const std::string& tar_text) {
  TextSource text(tar_text, 10'000);
  TarReader tar(text);
  Entry entry;
  EXPECT_TRUE(tar.next(entry).value());
  std::string content(static_cast<std::size_t>(entry.size), '\0');
  for (TarPiece piece = tar.data().value(); !piece.bytes.empty(); piece = tar.data().value())
    content.replace(static_cast<std::size_t>(piece.offset), piece.bytes.size(), piece.bytes);
  return sha256_hex(content);
}

TEST(Sources, WhatIsWrittenIntoAHoleWhileAFileIsReadLeavesTheBackupWhole) {
  Kit kit;
  std::ofstream(kit.data() + "/sparse").seekp(4 << 20) << "end";
  const Fd folder = open_file(kit.data(), O_RDONLY | O_DIRECTORY).value();
  Found found{folder.get(), "sparse", {}};
  found.entry.path = "sparse";
  auto file = open_found(found).value();
  ASSERT_TRUE(file);
  if (file->extents.empty()) GTEST_SKIP() << "the file system knows no holes";
  const Fd writer = open_file(kit.data() + "/sparse", O_WRONLY).value();
  ASSERT_EQ(::pwrite(writer.get(), "late", 4, 1 << 20), 4);
  TextSink stored;
  TarWriter tar(stored);
  ASSERT_TRUE(put_file(*file, false, tar));
  ASSERT_TRUE(tar.finish());
  EXPECT_TRUE(file->entry.changed);
  EXPECT_EQ(file->entry.sha256, sha256_in(stored.text));
}

TEST(Sources, AFileThatSaysItIsEmptyAndIsNotIsNoted) {
  Kit kit;
  kit.write("empty", "");
  kit.job.sources = {{SourceKind::files, kit.data(), {}}, {SourceKind::files, "/proc/version", {}}};
  const auto done = kit.backup();
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(done->notes, std::vector<std::string>{"/proc/version was written to while it was read"});
}

TEST(Sources, JournalsThatGrowAreNoFinding) {
  Kit kit;
  kit.write("00000001.jsonl", "{\"t\":1}\n");
  kit.job.sources = {{SourceKind::journals, kit.data(), {}}};
  const auto first = kit.backup();
  ASSERT_TRUE(first) << first.error().text();
  kit.write("00000001.jsonl", "{\"t\":1}\n{\"t\":2}\n");
  const auto second = kit.backup();
  EXPECT_EQ(second->files_stored, 1);
  EXPECT_TRUE(second->notes.empty());
  EXPECT_TRUE(kit.restores_to(second->time, tree_of(kit.data())));
}

/// The `sh` example of docs/formats/backup.md.
std::string script_of_the_document() {
  const std::string text = read_file(STEWARD_SOURCE_DIR "/docs/formats/backup.md", 1 << 20).value();
  const std::string fence = "```sh\n";
  const auto begin = text.find(fence) + fence.size();
  return text.substr(begin, text.find("```", begin) - begin);
}

class WithoutSteward : public testing::TestWithParam<Compression> {};

TEST_P(WithoutSteward, TheDocumentsScriptRestores) {
  for (const char* tool : {"tar", "zstd", "gzip", "jq", "sha256sum"}) {
    if (std::system(fmt::format("command -v {} >/dev/null", tool).c_str()) != 0)
      GTEST_SKIP() << "no " << tool;
  }
  Kit kit;
  kit.store = objects::open_store("file://" + kit.place("store")).value();
  kit.job.compression = GetParam();
  kit.write("a", "1");
  kit.write("deep/with space/ü", noise(100'000));
  kit.write("gone", "x");
  std::filesystem::create_symlink("a", kit.data() + "/link");
  std::filesystem::permissions(kit.data() + "/a", std::filesystem::perms{0600});
  std::ofstream(kit.data() + "/sparse").seekp(4 << 20) << "end";
  ASSERT_TRUE(kit.backup());
  std::filesystem::remove(kit.data() + "/gone");
  kit.write("b", "2");
  ASSERT_TRUE(kit.backup());
  kit.write("c", "3");
  const auto last = kit.backup();
  const std::string script = kit.place("restore.sh");
  ASSERT_TRUE(replace_file(script, script_of_the_document(), 0755));
  const auto run = [&](const std::string& to) {
    return std::system(fmt::format("sh {} {}/config {} {} >{}/out 2>&1", script, kit.place("store"),
                                   last->time, to, kit.folder.path())
                           .c_str());
  };
  EXPECT_EQ(run(kit.place("new")), 0) << read_file(kit.place("out"), 1 << 20).value();
  EXPECT_EQ(tree_of(kit.restored("new")), tree_of(kit.data()));
  EXPECT_NE(run(kit.place("new")), 0) << "over what is there";
  const std::string archive = kit.place("store") + "/" +
                              key_of("config", last->time, "files.tar" + std::string(suffix_of(GetParam())));
  std::filesystem::resize_file(archive, std::filesystem::file_size(archive) - 3);
  EXPECT_NE(run(kit.place("cut")), 0) << "a cut archive";
}

INSTANTIATE_TEST_SUITE_P(All, WithoutSteward, testing::Values(Compression::zstd, Compression::gzip));

TEST(RateLimit, LetsAQuarterSecondThroughAndThenTheRate) {
  RateLimit limit(1000);
  MonoNs now = 100 * kSecond;
  EXPECT_EQ(limit.wait_after(250, now), 0);
  EXPECT_EQ(limit.wait_after(500, now), kSecond / 2);
  now += kSecond / 2;
  EXPECT_EQ(limit.wait_after(1000, now), kSecond);
  now += 60 * kSecond;
  EXPECT_EQ(limit.wait_after(250, now), 0) << "silence saves up no more than a quarter of a second";
  EXPECT_GT(limit.wait_after(250, now), 0);
  EXPECT_EQ(RateLimit(0).wait_after(1 << 30, now), 0);
}

TEST(WorkerSink, PassesEverythingOnInOrder) {
  TextSink out;
  const std::string bytes = noise(10 * WorkerSink::kBlock + 17);
  WorkerSink worker(out, nullptr);
  for (std::size_t at = 0; at < bytes.size(); at += 100'001)
    ASSERT_TRUE(worker.write(std::string_view(bytes).substr(at, 100'001)));
  ASSERT_TRUE(worker.finish());
  EXPECT_TRUE(out.text == bytes);
  EXPECT_TRUE(out.finished);
}

TEST(WorkerSink, AFailureBehindItReachesTheWriter) {
  struct Broken final : ByteSink {
    Status write(std::string_view) override { return fail(Code::unavailable, "the store is away"); }
    Status finish() override { return {}; }
  } broken;
  WorkerSink worker(broken, nullptr);
  const std::string block(WorkerSink::kBlock, 'x');
  Status put;
  for (std::size_t i = 0; put && i < WorkerSink::kQueued + 3; ++i) put = worker.write(block);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().message(), "the store is away");
  EXPECT_FALSE(worker.finish());
}

TEST(WorkerSink, DroppedItFinishesNothing) {
  TextSink out;
  {
    WorkerSink worker(out, nullptr);
    ASSERT_TRUE(worker.write("half"));
  }
  EXPECT_FALSE(out.finished);
}

}  // namespace
}  // namespace steward::backup
