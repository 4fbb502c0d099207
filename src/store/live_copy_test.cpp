#include "store/live_copy.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include "journal/test_folder.hpp"
#include "os/files.hpp"
#include "store/sqlite.hpp"

#include <sqlite3.h>

namespace steward::store {
namespace {

class Bot {
 public:
  Bot(const std::string& path, const char* mode) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &db_), SQLITE_OK);
    sqlite3_busy_timeout(db_, 20'000);
    run(std::string("PRAGMA journal_mode=") + mode + "; PRAGMA synchronous=OFF");
    run("CREATE TABLE a(n INTEGER, filler BLOB); CREATE TABLE b(n INTEGER)");
  }
  ~Bot() { sqlite3_close(db_); }
  Bot(const Bot&) = delete;
  Bot& operator=(const Bot&) = delete;
  void run(const std::string& sql) {
    char* why = nullptr;
    EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &why), SQLITE_OK)
        << (why == nullptr ? "" : why);
  }
  /// One order in both tables: a copy that has it in one of them only is torn.
  void trade(int n) {
    run("BEGIN; INSERT INTO a VALUES(" + std::to_string(n) + ", randomblob(3000)); INSERT INTO b VALUES(" +
        std::to_string(n) + "); COMMIT");
  }

 private:
  sqlite3* db_ = nullptr;
};

class LiveCopy : public testing::TestWithParam<const char*> {
 protected:
  journal::TestFolder folder_;
  std::string path_ = folder_.path() + "/bot.db";
  std::string copy_ = folder_.path() + "/copy.db";
};

TEST_P(LiveCopy, IsConsistentUnderAWriterThatNeverPauses) {
  Bot bot(path_, GetParam());
  for (int n = 0; n < 1000; ++n) bot.trade(n);
  std::atomic<bool> stop = false;
  std::atomic<int> traded = 1000;
  std::thread writer([&] {
    while (!stop) bot.trade(traded++);
  });
  for (int round = 0; round < 3; ++round) {
    const int before = traded;
    const auto copied = copy_live(path_, copy_);
    ASSERT_TRUE(copied) << copied.error().text();
    auto db = Db::open(copy_, Db::Mode::snapshot);
    ASSERT_TRUE(db);
    EXPECT_EQ(db->text("PRAGMA integrity_check").value(), "ok");
    const auto rows = db->number("SELECT count(*) FROM a").value();
    EXPECT_GE(rows, before - 1);
    EXPECT_EQ(db->number("SELECT count(*) FROM b").value(), rows);
    EXPECT_EQ(db->number("SELECT count(*) FROM a JOIN b USING(n)").value(), rows);
  }
  stop = true;
  writer.join();
}

INSTANTIATE_TEST_SUITE_P(Journals, LiveCopy, testing::Values("wal", "delete"));

TEST(LiveCopyErrors, ATransactionThatWasCutShortIsNamed) {
  const journal::TestFolder folder;
  const std::string path = folder.path() + "/bot.db";
  const pid_t child = ::fork();
  if (child == 0) {
    Bot bot(path, "delete");
    for (int n = 0; n < 100; ++n) bot.trade(n);
    bot.run("PRAGMA cache_size=5; BEGIN; UPDATE a SET n = -n");
    ::kill(::getpid(), SIGKILL);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  ASSERT_TRUE(exists(path + "-journal"));
  const auto copied = copy_live(path, folder.path() + "/copy.db");
  ASSERT_FALSE(copied);
  EXPECT_NE(copied.error().text().find("start its bot, or run: sqlite3 " + path + " .tables"),
            std::string::npos)
      << copied.error().text();
  EXPECT_FALSE(exists(folder.path() + "/copy.db"));
}

TEST(LiveCopyErrors, SayWhatIsWrongAndLeaveNoFile) {
  const journal::TestFolder folder;
  const std::string to = folder.path() + "/copy";
  EXPECT_EQ(copy_live(folder.path() + "/none", to).error().code(), Code::not_found);
  std::ofstream(folder.path() + "/text") << std::string(5000, 'x');
  EXPECT_EQ(copy_live(folder.path() + "/text", to).error().code(), Code::corrupt);
  EXPECT_FALSE(exists(to));
}

}  // namespace
}  // namespace steward::store
