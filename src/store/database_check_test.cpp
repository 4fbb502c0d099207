#include "store/database_check.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "journal/test_folder.hpp"
#include "os/files.hpp"
#include "store/sqlite.hpp"

namespace steward::store {
namespace {

namespace fs = std::filesystem;

class DatabaseCheck : public testing::Test {
 protected:
  /// Some pages of rows and an index over them, checkpointed; what follows lies in the log.
  void fill() {
    auto db = Db::open(path_, Db::Mode::own);
    ASSERT_TRUE(db) << db.error().text();
    ASSERT_TRUE(db->exec("CREATE TABLE a(n INTEGER, filler BLOB); CREATE INDEX i ON a(n)"));
    ASSERT_TRUE(
        db->exec("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000) "
                 "INSERT INTO a SELECT n, zeroblob(200) FROM c; PRAGMA wal_checkpoint(TRUNCATE)"));
    ASSERT_TRUE(db->exec("DELETE FROM a WHERE n > 1000"));
    fs::copy(path_, copy_);
    fs::copy(path_ + "-wal", copy_ + "-wal");
  }
  void overwrite(const std::string& path, std::streamoff at) const {
    std::fstream(path, std::ios::in | std::ios::out | std::ios::binary)
        .seekp(at)
        .write("\xff\xff\xff\xff", 4);
  }
  Status check() const { return check_database(copy_, {}); }

  journal::TestFolder folder_;
  std::string path_ = folder_.path() + "/bot.db", copy_ = folder_.path() + "/copy.db";
};

TEST_F(DatabaseCheck, AGoodOnePassesWithItsLogAndWithoutAndStaysAsItIs) {
  fill();
  const auto database = read_file(copy_, 16 << 20), log = read_file(copy_ + "-wal", 16 << 20);
  ASSERT_TRUE(log && log->size() > 4096);
  EXPECT_TRUE(is_database(copy_));
  EXPECT_TRUE(check()) << check().error().text();
  EXPECT_EQ(*read_file(copy_, 16 << 20), *database);
  EXPECT_EQ(*read_file(copy_ + "-wal", 16 << 20), *log);
  fs::remove(copy_ + "-wal");
  EXPECT_TRUE(check());
}

TEST_F(DatabaseCheck, ALogThatBelongsToAnotherMomentIsFound) {
  fill();
  fs::remove(copy_);
  std::ofstream(copy_, std::ios::binary)
      << read_file(path_, 16 << 20)->substr(0, 5 * 4096);  // an older, smaller one
  const auto checked = check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code(), Code::corrupt);
}

TEST_F(DatabaseCheck, ATornPageIsFound) {
  fill();
  overwrite(copy_, 4096);
  fs::remove(copy_ + "-wal");
  ASSERT_FALSE(check());
  EXPECT_EQ(check().error().code(), Code::corrupt);
}

TEST_F(DatabaseCheck, ALogThatIsALinkIsNotFollowed) {
  fill();
  fs::remove(copy_ + "-wal");
  fs::create_symlink(path_ + "-wal", copy_ + "-wal");
  EXPECT_TRUE(check());
  EXPECT_FALSE(fs::exists(copy_ + "-shm"));
}

TEST_F(DatabaseCheck, StopsWhenItIsAsked) {
  fill();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(check_database(copy_, stop.get_token()).error().code(), Code::timeout);
}

TEST_F(DatabaseCheck, WhatIsNoDatabaseIsNone) {
  std::ofstream(copy_) << "SQLite format";
  EXPECT_FALSE(is_database(copy_));
  EXPECT_FALSE(is_database(folder_.path()));
  EXPECT_FALSE(is_database(folder_.path() + "/nothing"));
}

}  // namespace
}  // namespace steward::store
