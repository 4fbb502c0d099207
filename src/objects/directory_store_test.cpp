// What only a folder can do wrong.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <thread>

#include "base/ulid.hpp"
#include "objects/open_store.hpp"
#include "objects/stores_under_test.hpp"
#include "os/files.hpp"

namespace steward::objects {
namespace {

namespace fs = std::filesystem;

class Directory : public ::testing::Test {
 protected:
  std::string inside(const std::string& path) const { return home_.root() + "/store/" + path; }
  DirectoryHome home_;
  std::unique_ptr<ObjectStore> store_ = home_.open();
};

TEST_F(Directory, AnObjectIsAFileOfThatName) {
  ASSERT_TRUE(store_->put("a/b.txt", "hello"));
  EXPECT_EQ("hello", read_file(inside("a/b.txt"), 100).value());
}

TEST_F(Directory, OpenedToReadItMakesNothing) {
  const std::string url = "file://" + home_.root() + "/copy";
  EXPECT_EQ(open_store(url, {.read_only = true}).error().code(), Code::not_found);
  EXPECT_FALSE(exists(home_.root() + "/copy"));
  fs::create_directories(home_.root() + "/copy/a");  // with another tool, or a disk that is not written to
  ASSERT_TRUE(replace_file(home_.root() + "/copy/a/b", "hello"));
  auto copy = open_store(url, {.read_only = true});
  ASSERT_TRUE(copy) << copy.error().text();
  EXPECT_EQ((*copy)->read("a/b", 0, 10).value(), "hello");
  EXPECT_EQ((*copy)->list("")->objects.size(), 1U);
  EXPECT_FALSE((*copy)->put("c", "x"));
  EXPECT_FALSE((*copy)->remove("a/b"));
  EXPECT_EQ(*list_folder(home_.root() + "/copy"), std::vector<std::string>{"a"});
}

TEST_F(Directory, HasOneIdentityForEverybodyWhoOpensIt) {
  const std::string identity = store_->identity();
  EXPECT_TRUE(is_ulid(identity)) << identity;
  EXPECT_EQ(home_.open()->identity(), identity);
  EXPECT_EQ((*open_store(store_->place(), {.read_only = true}))->identity(), identity);
  EXPECT_NE(DirectoryHome().open()->identity(), identity);
  EXPECT_EQ(*list_folder(inside(".steward-store")), (std::vector<std::string>{"id", "lock", "uploads"}));

  std::array<std::string, 8> seen;  // of many who are the first
  {
    std::vector<std::jthread> threads;
    for (std::string& one : seen)
      threads.emplace_back([&] { one = (*open_store("file://" + home_.root() + "/new"))->identity(); });
  }
  EXPECT_EQ(std::ranges::count(seen, seen[0]), std::ssize(seen));
}

TEST_F(Directory, AnIdentityThatIsDamagedIsNamedAndKeepsNobodyFromReading) {
  ASSERT_TRUE(store_->put("a", "1"));
  for (const std::string& damaged : {std::string(), std::string("x\n"), std::string(1 << 20, '0')}) {
    ASSERT_TRUE(replace_file(inside(".steward-store/id"), damaged));
    const auto opened = open_store(store_->place());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), Code::corrupt);
    EXPECT_THAT(opened.error().text(), testing::HasSubstr("/store: .steward-store/id is damaged; remove it"));
    const auto copy = open_store(store_->place(), {.read_only = true});
    EXPECT_EQ((*copy)->identity(), "");
    EXPECT_EQ((*copy)->read("a", 0, 10).value(), "1");
  }
}

TEST_F(Directory, WhereAStoreHasToBeNothingIsMade) {
  const std::string empty = home_.root() + "/empty", url = "file://" + empty;
  for (const bool read_only : {false, true}) {
    EXPECT_EQ(open_store(url, {.read_only = read_only, .existing = true}).error().code(), Code::not_found);
    EXPECT_FALSE(exists(empty));
  }
  fs::create_directory(empty);
  for (const bool read_only : {false, true}) {
    EXPECT_EQ(open_store(url, {.read_only = read_only, .existing = true}).error().code(), Code::not_found);
    EXPECT_TRUE(fs::is_empty(empty));
  }
  fs::create_directory(empty + "/.steward-store");  // somebody says that this is to be one
  EXPECT_TRUE(open_store(url, {.read_only = true, .existing = true}));
  auto made = open_store(url, {.existing = true});
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_TRUE((*made)->put("a", "1"));
}

/// As when a disk is mounted there, which needs root.
TEST_F(Directory, IntoAFolderThatWasSwappedNothingIsWrittenAndNothingRemoved) {
  ASSERT_TRUE(store_->put("a", "old"));
  auto begun = store_->create("large");
  ASSERT_TRUE((*begun)->write("half"));
  fs::rename(inside(""), home_.root() + "/aside");
  EXPECT_EQ(store_->put("b", "x").error().code(), Code::unavailable) << "there is nothing";
  fs::create_directory(inside(""));
  const auto put = store_->put("b", "x");
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code(), Code::unavailable);
  EXPECT_THAT(put.error().text(),
              testing::HasSubstr("/store is another folder than the one that was opened"));
  EXPECT_EQ((*begun)->finish().error().code(), Code::unavailable);
  EXPECT_TRUE((*begun)->abort());
  EXPECT_EQ(store_->remove("a").error().code(), Code::unavailable);
  EXPECT_TRUE(fs::is_empty(inside("")));
  EXPECT_TRUE(fs::is_empty(home_.root() + "/aside/.steward-store/uploads")) << "what was begun is gone";
  fs::remove(inside(""));
  fs::rename(home_.root() + "/aside", home_.root() + "/store");
  EXPECT_TRUE(store_->put("b", "x"));
  EXPECT_EQ(store_->list("")->objects.size(), 2U);
}

TEST_F(Directory, AFolderThatHasNoObjectAnyMoreGoesToo) {
  ASSERT_TRUE(store_->put("a/b/c", "1"));
  ASSERT_TRUE(store_->remove("a/b/c"));
  EXPECT_FALSE(exists(inside("a")));
}

TEST_F(Directory, ALinkLeadsNowhere) {
  const std::string secret = home_.root() + "/secret";
  ASSERT_TRUE(replace_file(secret, "outside"));
  fs::create_symlink(secret, inside("leaf"));
  fs::create_directory_symlink(home_.root(), inside("folder"));
  EXPECT_EQ(Code::not_found, store_->read("leaf", 0, 10).error().code());
  EXPECT_EQ(Code::not_found, store_->head("leaf").error().code());
  EXPECT_EQ(Code::not_found, store_->read("folder/secret", 0, 10).error().code());
  EXPECT_FALSE(store_->put("folder/new", "x"));
  EXPECT_FALSE(store_->put("leaf", "x"));
  EXPECT_TRUE(store_->remove("folder/secret"));
  EXPECT_TRUE(store_->remove("leaf"));
  EXPECT_TRUE(store_->list("")->objects.empty());
  EXPECT_EQ("outside", read_file(secret, 100).value());
  EXPECT_FALSE(exists(home_.root() + "/new"));
}

TEST_F(Directory, APipeIsNoObjectAndDoesNotHang) {
  ASSERT_EQ(0, ::mkfifo(inside("pipe").c_str(), 0600));
  EXPECT_EQ(Code::not_found, store_->read("pipe", 0, 10).error().code());
  EXPECT_TRUE(store_->list("")->objects.empty());
}

TEST_F(Directory, TheStoresOwnFolderIsNoObject) {
  auto writer = store_->create("x");
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->write("half"));
  EXPECT_TRUE(store_->list("")->objects.empty());
  EXPECT_TRUE(exists(inside(".steward-store/uploads/" + (*writer)->upload_id())));
}

TEST_F(Directory, AnEtagNeverComesBackWhileTheKeyLives) {
  std::vector<std::string> seen;
  for (int i = 0; i < 200; ++i) seen.push_back(store_->put("k", "same size")->etag);
  std::ranges::sort(seen);
  EXPECT_TRUE(std::ranges::adjacent_find(seen) == seen.end());
}

TEST_F(Directory, AnIdThatIsNoneAbortsNothing) {
  ASSERT_TRUE(store_->put("keep", "x"));
  EXPECT_FALSE(store_->abort({"keep", "../../keep", 0}));
  EXPECT_TRUE(store_->head("keep"));
}

TEST_F(Directory, AnUploadThatWasAbortedMeanwhileIsNoSuccess) {
  auto writer = store_->create("x");
  ASSERT_TRUE((*writer)->write("bytes"));
  ASSERT_TRUE(store_->abort({"x", (*writer)->upload_id(), 0}));
  EXPECT_EQ(Code::not_found, (*writer)->finish().error().code());
  EXPECT_FALSE(store_->head("x"));
}

/// The object is the old one or the new one, whole, wherever its writer is killed.
TEST_F(Directory, AWriterKilledAnywhereLeavesOldOrNew) {
  const std::string old_text(100'000, 'o');
  const std::string new_text(100'000, 'n');
  ASSERT_TRUE(store_->put("k", old_text));
  for (int round = 0; round < 20; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      while (true) {
        static_cast<void>(store_->put("k", new_text));
        static_cast<void>(store_->put("k", old_text));
      }
    }
    ::usleep(
        static_cast<useconds_t>(500 * round));  // where it is killed does not matter: nowhere may be wrong
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const auto now = store_->read("k", 0, 1 << 20);
    ASSERT_TRUE(now) << now.error().text();
    EXPECT_TRUE(*now == old_text || *now == new_text);
    EXPECT_EQ(1U, store_->list("")->objects.size());
  }
  EXPECT_TRUE(abort_stale_uploads(*store_, "", SystemClock().wall() + kSecond));
  EXPECT_TRUE(store_->uploads("")->empty());
}

TEST(OpenStore, SaysWhatIsWrongWithTheUrl) {
  for (const char* url : {"", "ftp://x", "file://relative", "file:///", "/plain/path"}) {
    const auto store = open_store(url);
    ASSERT_FALSE(store) << url;
    EXPECT_EQ(Code::invalid, store.error().code()) << url;
  }
}

}  // namespace
}  // namespace steward::objects
