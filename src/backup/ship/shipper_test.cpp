#include "backup/ship/shipper.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>

#include "backup/forwarding_store.hpp"
#include "backup/jobs/job_facts.hpp"
#include "backup/ship/ship_file.hpp"
#include "backup/ship/tail_restore.hpp"
#include "backup/test_kit.hpp"

namespace steward::backup {
namespace {

using testing::HasSubstr;

const std::string kRun = "01JDK9M1Q3V6Y5Z7ABCDEFGHJK", kLater = "01JDK9M1Q3V6Y5Z7ABCDEFGHJM";

/// A store that takes nothing while it is away.
class Away final : public ForwardingStore {
 public:
  Away(objects::ObjectStore& real, const bool& away, const bool& denied)
      : ForwardingStore(real), away_(away), denied_(denied) {}
  Result<objects::ObjectInfo> put(std::string_view key, std::string_view bytes,
                                  const objects::PutOptions& options) override {
    if (away_) return fail(denied_ ? Code::denied : Code::unavailable, "the store is away");
    return real_.put(key, bytes, options);
  }

 private:
  const bool& away_;
  const bool& denied_;
};

class Scene {
 public:
  Scene() : store(objects::make_memory_store()) {
    std::filesystem::create_directories(folder.path() + "/backup");
    begin();
  }

  /// A new process: knows what the one before saved, or nothing.
  void begin(const std::string& host = "trader-1") {
    shipper.reset();
    ShipJob job{"own", host, recipients, {folder.path(), "", true, {}}, folder.path() + "/backup"};
    const auto open = [this] {
      ++opened;
      return std::make_unique<Away>(*store, away, denied);
    };
    shipper = std::make_unique<Shipper>(job, open, clock, random);
  }
  void ship() {
    clock.advance(kSecond);
    while (shipper->turn()) clock.advance(kMillisecond);
  }
  Result<TailsReport> restore(const std::string& name = "restored", const std::vector<Identity>& keys = {}) {
    const auto tails = list_tails(*store, "own", "trader-1");
    TailsOptions options;
    options.to = restored(name);
    return restore_tails(*store, "own", "trader-1", *tails, keys, options);
  }
  std::string restored(const std::string& name = "restored") const { return folder.path() + "/" + name; }
  std::string text(const std::string& path) const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string shipped(const std::string& bot, const std::string& run, int number = 1) const {
    return text(restored() + folder.segment(bot, run, number));
  }
  std::size_t tails() { return list_tails(*store, "own", "trader-1")->times.size(); }

  journal::TestFolder folder;
  std::unique_ptr<objects::ObjectStore> store;
  ManualClock clock{SystemClock().wall()};
  SeededRandom random{1};
  std::vector<Recipient> recipients;
  bool away = false, denied = false;
  int opened = 0;
  std::unique_ptr<Shipper> shipper;
};

TEST(Shipper, TheNewBytesOfAllJournalsAreOneObject) {
  Scene scene;
  scene.folder.append("racing", kRun, "{\"a\":1}");
  scene.folder.append("keeper", kRun, "{\"k\":1}");
  scene.ship();
  EXPECT_EQ(scene.tails(), 1U);
  scene.ship();
  EXPECT_EQ(scene.tails(), 1U) << "nothing was new";
  scene.folder.append("racing", kRun, "{\"a\":2}");
  scene.folder.append("racing", kRun, "{\"b\":3}", 2);
  scene.folder.append("football", kLater, "{\"c\":4}");
  scene.ship();
  EXPECT_EQ(scene.tails(), 2U);
  ASSERT_TRUE(scene.restore());
  EXPECT_EQ(scene.shipped("racing", kRun), "{\"a\":1}\n{\"a\":2}\n");
  EXPECT_EQ(scene.shipped("racing", kRun, 2), "{\"b\":3}\n");
  EXPECT_EQ(scene.shipped("football", kLater), "{\"c\":4}\n");
  EXPECT_EQ(scene.shipped("keeper", kRun), "{\"k\":1}\n");
  EXPECT_EQ(scene.shipper->facts().behind_bytes, 0);
}

TEST(Shipper, MoreThanOneObjectHoldsGoesOutInSeveral) {
  Scene scene;
  const std::string much = noise(5'000'000);
  scene.folder.append_raw("racing", kRun, much);
  scene.ship();
  EXPECT_EQ(scene.tails(), 3U);
  ASSERT_TRUE(scene.restore());
  EXPECT_EQ(scene.shipped("racing", kRun), much);
}

TEST(Shipper, AStoreThatIsAwayLosesNothingAndHoldsNothingInMemory) {
  Scene scene;
  scene.folder.append("racing", kRun, "{\"a\":1}");
  scene.ship();
  scene.away = true;
  for (int i = 0; i < 5; ++i) {
    scene.folder.append("racing", kRun, "{\"a\":2}");
    scene.ship();
  }
  EXPECT_THAT(scene.shipper->facts().error, HasSubstr("the store is away"));
  EXPECT_EQ(scene.shipper->facts().behind_bytes > 0, true);
  EXPECT_THAT(read_ship_file(scene.folder.path() + "/backup", "own").facts.error, HasSubstr("away"));
  scene.away = false;
  scene.clock.advance(60 * kSecond);
  scene.ship();
  EXPECT_EQ(scene.shipper->facts().error, "");
  ASSERT_TRUE(scene.restore());
  EXPECT_EQ(scene.shipped("racing", kRun), scene.text(scene.folder.segment("racing", kRun)));
}

TEST(Shipper, AStoreThatIsNoFolderIsOpenedAnewOnlyWhenItRefusesUs) {
  Scene scene;
  const auto minutes = [&scene] {
    for (int i = 0; i < 3; ++i) {
      scene.folder.append("racing", kRun, "{\"a\":1}");
      scene.clock.advance(70 * kSecond);
      scene.ship();
      scene.ship();
    }
  };
  minutes();
  EXPECT_EQ(scene.opened, 1);
  scene.away = true;
  minutes();
  EXPECT_EQ(scene.opened, 1) << "what it has learned, such as credentials, is good still";
  scene.denied = true;
  minutes();
  EXPECT_EQ(scene.opened, 3) << "there may be others now";
  scene.away = false;
  minutes();
  EXPECT_EQ(scene.opened, 4);
  EXPECT_EQ(scene.shipper->facts().behind_bytes, 0);
}

TEST(Shipper, GatesStopsAndRecordsAreAsTheyWereLast) {
  Scene scene;
  scene.folder.append("racing", kRun, "{}");
  const std::string bot = scene.folder.path() + "/bots/racing";
  std::ofstream(bot + "/gate") << "open 1\n";
  std::ofstream(bot + "/down") << "stopped\n";
  std::ofstream(bot + "/runs/" + kRun + "/record") << "steward-run 1\n";
  scene.ship();
  std::ofstream(bot + "/gate.new") << "closed 2 by hand\n";
  std::filesystem::rename(bot + "/gate.new", bot + "/gate");
  std::filesystem::remove(bot + "/down");
  scene.ship();
  ASSERT_TRUE(scene.restore());
  EXPECT_EQ(scene.text(scene.restored() + bot + "/gate"), "closed 2 by hand\n");
  EXPECT_FALSE(std::filesystem::exists(scene.restored() + bot + "/down"));
  EXPECT_EQ(scene.text(scene.restored() + bot + "/runs/" + kRun + "/record"), "steward-run 1\n");
}

TEST(Shipper, ARunThatIsOverAndShippedIsNotLookedAtAgain) {
  Scene scene;
  scene.folder.append("racing", kRun, "{\"a\":1}");
  scene.folder.append("racing", kLater, "{\"b\":1}");
  scene.ship();
  scene.clock.advance(120 * kSecond);
  scene.ship();
  scene.folder.append("racing", kRun, "{\"late\":1}");  // nobody does: its bot is dead and buried
  scene.ship();
  ASSERT_TRUE(scene.restore());
  EXPECT_EQ(scene.shipped("racing", kRun), "{\"a\":1}\n");
}

TEST(Shipper, ARunThatCouldNotBeLookedAtIsLookedAtAgain) {
  Scene scene;
  scene.folder.append("racing", kRun, "{\"a\":1}");
  scene.folder.append("racing", kLater, "{\"b\":1}");
  const std::filesystem::path run = scene.folder.path() + "/bots/racing/runs/" + kRun;
  const auto hide = [&] {
    std::filesystem::rename(run, scene.folder.path() + "/hidden");
    std::filesystem::create_symlink(run, run);  // fails with ELOOP, as a broken disk would with EIO
  };
  const auto show = [&] {
    std::filesystem::remove(run);
    std::filesystem::rename(scene.folder.path() + "/hidden", run);
    scene.clock.advance(60 * kSecond);
    scene.ship();
  };
  hide();
  scene.ship();
  EXPECT_THAT(scene.shipper->facts().error, HasSubstr(kRun));
  show();
  EXPECT_EQ(scene.shipper->facts().error, "");
  hide();
  scene.clock.advance(120 * kSecond);
  scene.ship();
  EXPECT_THAT(scene.shipper->facts().error, HasSubstr(kRun));
  std::ofstream(scene.folder.path() + "/hidden/journal.000001.jsonl", std::ios::app) << "{\"a\":2}\n";
  show();
  ASSERT_TRUE(scene.restore());
  EXPECT_EQ(scene.shipped("racing", kRun), "{\"a\":1}\n{\"a\":2}\n");
}

TEST(Shipper, WhatTheJobsBackupHoldsIsNotShippedAgain) {
  Scene scene;
  scene.folder.append("racing", kRun, "{\"a\":1}");
  scene.clock.advance(10 * kSecond);
  JobFacts facts;
  facts.run.started = facts.made.started = scene.clock.wall();
  ASSERT_TRUE(write_job_facts(scene.folder.path() + "/backup", "own", facts));
  scene.ship();
  ASSERT_TRUE(scene.restore());
  EXPECT_FALSE(std::filesystem::exists(scene.restored() + scene.folder.segment("racing", kRun)));
}

TEST(Shipper, TheJournalsOfYearsWaitForTheFirstBackup) {
  Scene scene;
  scene.folder.append_raw("racing", kRun, std::string(Shipper::kBeforeFirst + 1, 'x'));
  scene.ship();
  EXPECT_EQ(scene.tails(), 0U);
  EXPECT_THAT(scene.shipper->facts().error, HasSubstr("wait for the first backup"));
  scene.clock.advance(60 * kSecond);
  JobFacts facts;
  facts.run.started = facts.made.started = scene.clock.wall();
  ASSERT_TRUE(write_job_facts(scene.folder.path() + "/backup", "own", facts));
  scene.ship();
  EXPECT_EQ(scene.shipper->facts().error, "");
  scene.folder.append_raw("racing", kRun, "new");
  scene.ship();
  EXPECT_EQ(scene.shipper->facts().bytes, 3);
}

TEST(Shipper, AGapIsNamed) {
  Scene scene;
  for (const char* line : {"{\"a\":1}", "{\"a\":2}", "{\"a\":3}"}) {
    scene.folder.append("racing", kRun, line);
    scene.ship();
  }
  const auto list = list_tails(*scene.store, "own", "trader-1");
  ASSERT_TRUE(scene.store->remove(tail_key("own", "trader-1", list->times[1])));
  const auto restored = scene.restore();
  ASSERT_FALSE(restored);
  EXPECT_THAT(restored.error().text(), HasSubstr("journal.000001.jsonl at 16, of which only 8 bytes"));
  EXPECT_THAT(restored.error().text(), HasSubstr("--at " + list->times[0]));
  EXPECT_EQ(scene.shipped("racing", kRun), "{\"a\":1}\n");
}

TEST(Shipper, OtherBytesAtTheSamePlaceAreNamed) {
  Scene scene;
  scene.folder.append("racing", kRun, "{\"a\":1}");
  scene.ship();
  std::filesystem::remove(scene.folder.path() + "/backup/own.ship");
  std::filesystem::remove(scene.folder.segment("racing", kRun));
  scene.folder.append("racing", kRun, "{\"x\":1}");
  scene.shipper = nullptr;
  std::filesystem::remove(scene.folder.path() + "/backup/own.ship");
  scene.begin();
  scene.ship();
  const auto restored = scene.restore();
  ASSERT_FALSE(restored);
  EXPECT_THAT(restored.error().text(), HasSubstr("other bytes"));
}

TEST(Shipper, EncryptedForItsRecipients) {
  Scene scene;
  std::vector<Identity> keys;
  keys.push_back(make_identity());
  scene.recipients = {{"offline", keys[0].public_key}};
  scene.begin();
  scene.folder.append("racing", kRun, "{\"a\":1}");
  scene.ship();
  EXPECT_FALSE(scene.restore("denied"));
  ASSERT_TRUE(scene.restore("restored", keys));
  EXPECT_EQ(scene.shipped("racing", kRun), "{\"a\":1}\n");
}

TEST(Shipper, TwoHostsOnOnePrefixDoNotMeet) {
  Scene scene;
  scene.folder.append("racing", kRun, "{\"a\":1}");
  scene.ship();
  scene.shipper = nullptr;
  std::filesystem::remove(scene.folder.path() + "/backup/own.ship");
  scene.begin("trader-2");
  scene.ship();
  EXPECT_THAT(*hosts_of_tails(*scene.store, "own"), testing::ElementsAre("trader-1", "trader-2"));
  ASSERT_TRUE(remove_tails(*scene.store, "own", "trader-1", *list_tails(*scene.store, "own", "trader-1")));
  EXPECT_THAT(*hosts_of_tails(*scene.store, "own"), testing::ElementsAre("trader-2"));
}

TEST(ShipFile, DamagedItIsAsIfThereWereNone) {
  ShipFacts facts;
  facts.objects = 3, facts.newest = "20261125T031500.123Z";
  const std::string text = format_ship_file(facts, {{"a", {5, 6}}});
  const ShipFile file = parse_ship_file(text);
  EXPECT_EQ(file.facts.objects, 3);
  EXPECT_EQ(file.files.at("a").size, 5);
  for (std::size_t i = 0; i < text.size() - 1; ++i)
    EXPECT_EQ(parse_ship_file(text.substr(0, i)).files.size(), 0U);
}

/// Whatever is appended, killed, forgotten and lost on the way: what is restored is a prefix that ends where
/// the store's confirmations end, and in the end it is everything.
RC_GTEST_PROP(Shipper, RestoredIsWhatWasWrittenWhateverIsKilled, (const std::vector<std::uint8_t>& steps)) {
  Scene scene;
  scene.clock.jump_wall(-24 * 3600 * kSecond);  // files are younger than this clock: none counts as quiet
  scene.folder.append("racing", kRun, "{}");
  for (const std::uint8_t step : steps) {
    const std::string& run = (step & 1) != 0 ? kRun : kLater;
    switch (step / 2 % 8) {
      case 0:
        scene.away = !scene.away;
        break;
      case 1:
        scene.begin();  // a clean end
        break;
      case 2: {  // a kill: what was saved is older
        const std::string path = scene.folder.path() + "/backup/own.ship";
        const std::string before = scene.text(path);
        scene.ship();
        scene.shipper = nullptr;
        if (before.empty()) {
          std::filesystem::remove(path);
        } else {
          std::ofstream(path, std::ios::binary) << before;
        }
        scene.begin();
        break;
      }
      case 3:
        scene.clock.jump_wall(-3600 * kSecond);
        break;
      case 4:
        scene.ship();
        break;
      default:
        scene.folder.append_raw((step & 2) != 0 ? "racing" : "keeper", run, noise(step, step));
    }
  }
  scene.away = false;
  scene.clock.advance(120 * kSecond);
  scene.ship();
  const auto restored = scene.restore();
  RC_ASSERT(restored.has_value());
  for (const char* bot : {"racing", "keeper"}) {
    for (const std::string& run : {kRun, kLater})
      RC_ASSERT(scene.shipped(bot, run) == scene.text(scene.folder.segment(bot, run)));
  }
}

}  // namespace
}  // namespace steward::backup
