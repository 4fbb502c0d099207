#include "backup/restore/recover.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backup/forwarding_store.hpp"
#include "backup/stages/hash.hpp"
#include "backup/test_kit.hpp"
#include "os/files.hpp"

namespace steward::backup {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The store goes away when this object is read.
class Failing final : public ForwardingStore {
 public:
  Failing(objects::ObjectStore& real, std::string key) : ForwardingStore(real), key_(std::move(key)) {}
  Result<std::string> read(std::string_view key, std::int64_t offset, std::int64_t length,
                           std::string_view etag) override {
    if (key == key_) return fail(Code::unavailable, "the store is away");
    return real_.read(key, offset, length, etag);
  }

 private:
  std::string key_;
};

class RecoverTest : public testing::Test {
 protected:
  Result<RecoverReport> recover_to(const std::string& name, const std::string& host = {},
                                   const std::string& until = {}, bool force = false) {
    RecoverOptions options;
    options.to = kit_.place(name);
    options.host = host;
    options.until = until;
    options.force = force;
    return recover(*kit_.store, kit_.identities, options);
  }
  /// A tail of one piece of the job "config" on this host, after the clock moved.
  std::string ship(const std::string& path, std::int64_t offset, const std::string& bytes) {
    kit_.clock.advance(kSecond);
    TailHeader header{"config", kit_.environment.host, time_name(kit_.clock.wall()), {}, {}};
    TailPiece piece;
    piece.path = path.substr(1), piece.offset = offset, piece.sha256 = sha256_hex(bytes);
    piece.length = static_cast<std::int64_t>(bytes.size());
    header.pieces.push_back(piece);
    const auto object = format_tail(header, bytes, nullptr);
    EXPECT_TRUE(kit_.store->put(tail_key("config", header.host, header.time), *object));
    return header.time;
  }
  std::string content(const std::string& name, const std::string& path) {
    return std::string(read_file(kit_.place(name) + path, 1 << 20).value_or("(none)"));
  }
  Kit kit_;
};

TEST_F(RecoverTest, EveryJobOfTheHostComesBackUpToWhatWasShipped) {
  const std::string journal = kit_.data() + "/journal.000001.jsonl";
  kit_.write("journal.000001.jsonl", "one\n");
  const auto made = kit_.backup();
  ASSERT_TRUE(made);
  kit_.job.name = "other";
  kit_.write("main.toml", "stake = 2\n");
  ASSERT_TRUE(kit_.backup());
  const std::string two = ship(journal, 4, "two\n");
  const std::string three = ship(journal, 8, "three\n");
  EXPECT_THAT(*jobs_in(*kit_.store), ElementsAre("config", "other"));

  const auto all = recover_to("all");
  ASSERT_TRUE(all) << all.error().text();
  EXPECT_EQ(content("all", journal), "one\ntwo\nthree\n");
  EXPECT_EQ(content("all", kit_.data() + "/main.toml"), "stake = 2\n");
  EXPECT_EQ(all->host, "trader-1");
  EXPECT_EQ(all->newest, three);
  const auto then = recover_to("then", "", two);
  ASSERT_TRUE(then) << then.error().text();
  EXPECT_EQ(content("then", journal), "one\ntwo\n");
  const auto before = recover_to("before", "", made->time);
  ASSERT_TRUE(before) << before.error().text();
  EXPECT_EQ(content("before", journal), "one\n");
}

TEST_F(RecoverTest, WithSeveralHostsOneMustBeNamed) {
  kit_.write("main.toml", "one\n");
  ASSERT_TRUE(kit_.backup());
  kit_.environment.host = "trader-2";
  kit_.write("main.toml", "two\n");
  ASSERT_TRUE(kit_.backup());
  const auto refused = recover_to("refused");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text(), HasSubstr("--host: trader-1 (newest backup"));
  ASSERT_TRUE(recover_to("first", "trader-1"));
  EXPECT_EQ(content("first", kit_.data() + "/main.toml"), "one\n");
  ASSERT_TRUE(recover_to("second", "trader-2"));
  EXPECT_EQ(content("second", kit_.data() + "/main.toml"), "two\n");
  EXPECT_EQ(recover_to("third", "trader-3").error().code(), Code::not_found);
}

TEST_F(RecoverTest, NothingThatIsThereIsReplacedWithoutForce) {
  kit_.write("main.toml", "one\n");
  ASSERT_TRUE(kit_.backup());
  const std::string there = kit_.place("live") + kit_.data();
  std::filesystem::create_directories(there);
  std::ofstream(there + "/other.toml") << "live\n";
  ASSERT_TRUE(recover_to("live")) << "nothing of the backup is there";
  std::ofstream(there + "/main.toml") << "live\n";
  const auto refused = recover_to("live");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text(), HasSubstr("main.toml is there already"));
  EXPECT_EQ(content("live", kit_.data() + "/main.toml"), "live\n");
  ASSERT_TRUE(recover_to("live", "", "", true));
  EXPECT_EQ(content("live", kit_.data() + "/main.toml"), "one\n");
  EXPECT_EQ(content("live", kit_.data() + "/other.toml"), "live\n");
}

TEST_F(RecoverTest, AJobThatIsDamagedKeepsNoneOfTheOthersFromComingBack) {
  kit_.write("main.toml", "one\n");
  const auto damaged = kit_.backup();
  ASSERT_TRUE(damaged);
  kit_.job.name = "other";
  kit_.job.sources = {{SourceKind::files, kit_.place("more"), {}}};
  std::filesystem::create_directories(kit_.place("more"));
  std::ofstream(kit_.place("more") + "/bets.csv") << "1,2\n";
  ASSERT_TRUE(kit_.backup());
  const std::string archive = key_of("config", damaged->time, "files.tar.zst");
  const auto whole = kit_.store->read(archive, 0, 1 << 20);
  ASSERT_TRUE(whole);
  ASSERT_TRUE(kit_.store->put(archive, std::string(whole->size(), 'x')));
  EXPECT_THAT(recover_to("config", "", damaged->time).error().text(), HasSubstr("config is not restored"));

  const auto all = recover_to("all");
  ASSERT_TRUE(all) << all.error().text();
  EXPECT_EQ(content("all", kit_.place("more") + "/bets.csv"), "1,2\n");
  EXPECT_THAT(all->failed, ElementsAre(HasSubstr("config is not restored, or only in part")));
  ASSERT_TRUE(kit_.store->remove(archive));
  const auto gone = recover_to("gone");
  ASSERT_TRUE(gone) << gone.error().text();
  EXPECT_EQ(content("gone", kit_.place("more") + "/bets.csv"), "1,2\n");
  EXPECT_EQ(gone->failed.size(), 1U);
}

TEST_F(RecoverTest, WhatEndedHalfWayIsRunAgainWithForce) {
  kit_.write("main.toml", "one\n");
  const auto made = kit_.backup();
  ASSERT_TRUE(made);
  Failing store(*kit_.store, key_of("config", made->time, "files.tar.zst"));
  RecoverOptions options;
  options.to = kit_.place("new");
  const auto half = recover(store, {}, options);
  ASSERT_FALSE(half);
  EXPECT_THAT(half.error().text(),
              HasSubstr("trader-1 is restored only in part; mend this, and come again with --force"));
  ASSERT_TRUE(recover_to("new", "", "", true));
  EXPECT_EQ(content("new", kit_.data() + "/main.toml"), "one\n");
  const auto mode = std::filesystem::status(kit_.place("new")).permissions();
  EXPECT_EQ(static_cast<unsigned>(mode), 0711U) << "the bots' users pass through it";
}

TEST_F(RecoverTest, AManifestThatCannotBeReadKeepsNoOtherJobFromComingBackAndNoOlderOnePassesForIt) {
  kit_.write("main.toml", "one\n");
  const auto older = kit_.backup();
  kit_.write("main.toml", "two\n");
  const auto newer = kit_.backup();
  ASSERT_TRUE(older && newer);
  RecoverOptions options;
  options.to = kit_.place("newest");
  Failing without_older(*kit_.store, key_of("config", older->time, "manifest.json"));
  const auto newest = recover(without_older, {}, options);
  ASSERT_TRUE(newest) << newest.error().text();
  EXPECT_EQ(content("newest", kit_.data() + "/main.toml"), "two\n");
  EXPECT_THAT(newest->notes, ElementsAre(HasSubstr("the store is away")));

  options.to = kit_.place("other");
  Failing without_newer(*kit_.store, key_of("config", newer->time, "manifest.json"));
  EXPECT_THAT(recover(without_newer, {}, options).error().text(), HasSubstr("config is not restored"));
  kit_.job.name = "other";
  ASSERT_TRUE(kit_.backup());
  const auto other = recover(without_newer, {}, options);
  ASSERT_TRUE(other) << other.error().text();
  EXPECT_THAT(other->failed, ElementsAre(HasSubstr("config is not restored")));
  EXPECT_EQ(other->jobs.size(), 1U);
}

TEST_F(RecoverTest, AJobThatNoKeyOpensKeepsNoneOfTheOthersFromComingBack) {
  kit_.write("main.toml", "one\n");
  ASSERT_TRUE(kit_.backup());
  kit_.job.name = "own";
  kit_.job.recipients = {{"offline", make_identity().public_key}};
  ASSERT_TRUE(kit_.backup());
  const auto all = recover_to("all");
  ASSERT_TRUE(all) << all.error().text();
  EXPECT_EQ(content("all", kit_.data() + "/main.toml"), "one\n");
  EXPECT_THAT(all->failed, ElementsAre(HasSubstr("the keys of these open it: offline")));
}

TEST_F(RecoverTest, BeforeTheFirstBackupThereIsNothing) {
  kit_.write("main.toml", "one\n");
  const auto made = kit_.backup();
  ASSERT_TRUE(made);
  ship(kit_.data() + "/main.toml", 4, "two\n");
  const auto before = recover_to("before", "", "20200101T000000");
  ASSERT_FALSE(before);
  EXPECT_THAT(before.error().text(), HasSubstr("holds no backup from before 20200101T000000"));
  EXPECT_FALSE(exists(kit_.place("before")));
  kit_.job.name = "other";
  ASSERT_TRUE(kit_.backup());
  const auto then = recover_to("then", "", made->time);
  ASSERT_TRUE(then) << then.error().text();
  EXPECT_THAT(then->notes, ElementsAre("other holds nothing from before " + made->time));
}

TEST_F(RecoverTest, AnEmptyStoreSaysSo) {
  EXPECT_THAT(recover_to("x").error().text(), HasSubstr("holds no backup"));
}

}  // namespace
}  // namespace steward::backup
