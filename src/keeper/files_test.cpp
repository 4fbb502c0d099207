// The keeper's journal, the bots' logs and run folders, on a real disk.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sys/resource.h>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "keeper/journal.hpp"
#include "keeper/log_files.hpp"
#include "keeper/run_files.hpp"
#include "os/files.hpp"

namespace steward::keeper {
namespace {

class Files : public ::testing::Test {
 public:
  Files() {
    char name[] = "/tmp/steward-keeper-XXXXXX";
    folder = ::mkdtemp(name);
  }
  ~Files() override { std::filesystem::remove_all(folder); }
  std::string text(const std::string& name) {
    return read_file(folder + "/" + name, 1 << 20).value_or("(none)");
  }
  std::string folder;
};

/// Files of this process cannot grow beyond `bytes` while it lives: a full disk for the code under test.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(Files, JournalLinesThatFindNoRoomWaitAndComeInOrderOnce) {
  JournalWriter journal(folder + "/run");
  journal.line("{\"n\":1}");
  {
    const FullDisk full(12);  // within the second line
    journal.line("{\"n\":2}");
    journal.line("{\"n\":3}");
    EXPECT_TRUE(journal.waiting());
    EXPECT_FALSE(journal.trouble().empty());
  }
  journal.tend();
  EXPECT_EQ(text("run/journal"), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
  EXPECT_TRUE(journal.trouble().empty());
  EXPECT_EQ(journal.lost(), 0U);
}

TEST_F(Files, JournalGivesUpTheOldestWaitingLinesButNeverHalfOfOne) {
  JournalWriter journal(folder + "/run");
  const std::string padding(1000, 'x');
  {
    const FullDisk full(500);
    for (int i = 0; i < 3000; ++i) journal.line(fmt::format("{{\"n\":{},\"p\":\"{}\"}}", i, padding));
  }
  EXPECT_GT(journal.lost(), 1000U);
  journal.tend();
  const auto all = read_file(folder + "/run/journal", 8 << 20);
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->starts_with("{\"n\":0,"));
  std::size_t lines = 0;
  for (std::size_t begin = 0; begin < all->size(); ++lines) {
    const auto end = all->find('\n', begin);
    ASSERT_NE(end, std::string::npos);
    EXPECT_EQ(all->substr(begin, 5), "{\"n\":");
    EXPECT_EQ((*all)[end - 1], '}');
    begin = end + 1;
  }
  EXPECT_EQ(lines + journal.lost(), 3000U);
}

TEST_F(Files, JournalBegunWithoutRoomForItsFolderIsWrittenLater) {
  ASSERT_TRUE(swap_file(folder + "/run", ""));  // a file where the folder should be
  JournalWriter journal(folder + "/run");
  journal.line("{}");
  EXPECT_TRUE(journal.waiting());
  ::unlink((folder + "/run").c_str());
  journal.tend();
  EXPECT_EQ(text("run/journal.000001.jsonl"), "{}\n");
}

TEST_F(Files, SegmentsAreLinkedAndFound) {
  constexpr auto kSame = static_cast<uid_t>(-1);
  ASSERT_TRUE(add_segment(folder, 1, kSame, kSame));
  ASSERT_TRUE(add_segment(folder, 2, kSame, kSame));
  EXPECT_EQ(newest_segment(folder), 2);
  EXPECT_EQ(std::filesystem::read_symlink(folder + "/journal"), "journal.000002.jsonl");
}

TEST_F(Files, LogLinesAreStampedHoweverTheyArrive) {
  LogWriter log(folder, {}, [](const std::string&) {});
  const WallNs now = 1'795'356'422'713'000'000;
  log.write("one\ntw", now);
  log.write("o\n\nlast", now + kSecond);
  log.finish(now);
  EXPECT_EQ(text("out.log"),
            "2026-11-22T14:07:02.713Z one\n2026-11-22T14:07:02.713Z two\n2026-11-22T14:07:03.713Z "
            "\n2026-11-22T14:07:03.713Z last\n");
}

TEST_F(Files, LogDropsAndCountsWhatFindsNoRoomAndGoesOnAfterwards) {
  LogWriter log(folder, {}, [](const std::string&) {});
  log.write("first\n", 0);
  {
    const FullDisk full(40);
    log.write("second\nthird\n", 0);
    EXPECT_EQ(log.lines_dropped(), 2U);
    EXPECT_FALSE(log.trouble().empty());
  }
  log.write("fourth\n", 0);
  EXPECT_TRUE(log.trouble().empty());
  const std::string all = text("out.log");
  EXPECT_TRUE(all.starts_with("1970-01-01T00:00:00.000Z first\n1970-01-0")) << all;
  EXPECT_TRUE(all.ends_with("\n1970-01-01T00:00:00.000Z fourth\n")) << all;
}

TEST_F(Files, LogIsRotatedAtItsSize) {
  std::vector<std::string> rotated;
  LogWriter log(folder, {.log_max = 100, .log_files = 2},
                [&](const std::string& path) { rotated.push_back(path); });
  for (int i = 0; i < 10; ++i) log.write("a line of text\n", 0);
  ASSERT_EQ(rotated.size(), 4U);
  EXPECT_EQ(rotated[3], folder + "/out.log.000004");
  for (const auto& path : rotated) EXPECT_LE(*file_size(path), 100);
}

TEST_F(Files, RotationCutsNoLine) {
  LogWriter log(folder, {.log_max = 60, .log_files = 2}, [](const std::string&) {});
  log.write("one\ntw", 0);
  log.write("o\nthree\nfo", 0);
  log.write("ur", 0);
  log.write("\n", 0);
  log.write("five\n", 0);
  const std::string stamp = "1970-01-01T00:00:00.000Z ";
  EXPECT_EQ(text("out.log.000001"), stamp + "one\n" + stamp + "two\n");
  EXPECT_EQ(text("out.log.000002"), stamp + "three\n" + stamp + "four\n");
  EXPECT_EQ(text("out.log"), stamp + "five\n");
}

TEST_F(Files, LineWithoutEndIsCutAtTheLast) {
  std::vector<std::string> rotated;
  LogWriter log(folder, {.log_max = 1000, .log_files = 2},
                [&](const std::string& path) { rotated.push_back(path); });
  const std::string piece(4096, 'x');
  for (int i = 0; i < 40; ++i) log.write(piece, 0);
  ASSERT_EQ(rotated.size(), 2U);
  for (const auto& path : rotated) EXPECT_LE(*file_size(path), 1000 + (64 << 10) + 4096);
}

TEST_F(Files, RunFilesAreMadeAndTakenOver) {
  const BotSpec spec{.name = "a", .args = {"x"}};
  auto files = make_run_files(folder + "/spare", folder + "/n", spec);
  ASSERT_TRUE(files) << files.error().text();
  ASSERT_EQ(::write(files->output_bot.get(), "hello", 5), 5);
  files->output.reset();  // the keeper dies; the bot keeps its end, so the words stay in the pipe
  auto again = reopen_run_files(folder + "/spare", folder + "/n", spec, Fd());
  ASSERT_TRUE(again) << again.error().text();
  char words[8] = {};
  EXPECT_EQ(::read(again->output.get(), words, sizeof words), 5);
  remove_run_folder(folder + "/spare");
  EXPECT_FALSE(exists(folder + "/spare"));
}

}  // namespace
}  // namespace steward::keeper
