// A backup, and a prune, killed at every step they take in the store.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backup/forwarding_store.hpp"
#include "backup/manifest/catalog.hpp"
#include "backup/retention.hpp"
#include "backup/ship/tail.hpp"
#include "backup/test_kit.hpp"

namespace steward::backup {
namespace {

/// What a store does for a process that dies at its `left`-th step: before it, or after it took effect.
class Mortal {
 public:
  Mortal(int left, bool after, bool kill) : left_(left), after_(after), kill_(kill) {}
  bool dead() const { return left_ < 0; }
  /// Whether the step happens.
  bool before() {
    if (dead()) return false;
    --left_;
    if (!dead()) return true;
    if (kill_ && !after_) ::_exit(9);
    return after_;
  }
  void after() const {
    if (dead() && kill_) ::_exit(9);
  }
  static std::unexpected<Error> gone() { return fail(Code::unavailable, "killed"); }
  template <class Call>
  auto step(Call call) -> decltype(call()) {
    if (!before()) return gone();
    auto result = call();
    after();
    if (dead()) return gone();
    return result;
  }

 private:
  int left_;
  bool after_;
  bool kill_;
};

class MortalWriter final : public objects::ObjectWriter {
 public:
  MortalWriter(std::unique_ptr<objects::ObjectWriter> real, Mortal& life)
      : real_(std::move(real)), life_(life) {}
  Status write(std::string_view bytes) override {
    return life_.step([&] { return real_->write(bytes); });
  }
  Result<objects::ObjectInfo> finish() override {
    return life_.step([&] { return real_->finish(); });
  }
  Status abort() override {
    return life_.step([&] { return real_->abort(); });
  }
  std::string upload_id() const override { return real_->upload_id(); }

 private:
  std::unique_ptr<objects::ObjectWriter> real_;
  Mortal& life_;
};

class MortalStore final : public ForwardingStore {
 public:
  MortalStore(objects::ObjectStore& real, int steps, bool after, bool kill)
      : ForwardingStore(real), life_(steps, after, kill) {}
  bool died() const { return life_.dead(); }
  Result<objects::ObjectInfo> put(std::string_view key, std::string_view bytes,
                                  const objects::PutOptions& options) override {
    return life_.step([&] { return real_.put(key, bytes, options); });
  }
  Result<std::unique_ptr<objects::ObjectWriter>> create(std::string_view key,
                                                        const objects::WriteOptions& options) override {
    return life_.step([&]() -> Result<std::unique_ptr<objects::ObjectWriter>> {
      auto writer = real_.create(key, options);
      if (!writer) return writer;
      return std::make_unique<MortalWriter>(std::move(*writer), life_);
    });
  }
  Status remove(std::string_view key) override {
    return life_.step([&] { return real_.remove(key); });
  }
  Status abort(const objects::Upload& upload) override {
    return life_.step([&] { return real_.abort(upload); });
  }

 private:
  Mortal life_;
};

using Tree = std::map<std::string, std::string>;

/// Every backup that counts restores to the tree it was made of; the one that was killed may count only
/// whole.
void expect_all_restorable(Kit& kit, const std::map<std::string, Tree>& made, const Tree& now) {
  const auto folders = list_folders(*kit.store, "config");
  ASSERT_TRUE(folders);
  std::size_t found = 0;
  for (const Folder& folder : *folders) {
    if (!folder.complete()) continue;
    const auto at = made.find(folder.time);
    found += at == made.end() ? 0 : 1;
    EXPECT_TRUE(kit.restores_to(folder.time, at == made.end() ? now : at->second)) << folder.time;
  }
  EXPECT_EQ(found, made.size());
}

TEST(Killed, AtEveryStepOfABackupTheEarlierOnesRestoreAndNoHalfOneCounts) {
  for (const bool after : {false, true}) {
    Kit kit;
    std::map<std::string, Tree> made;
    kit.write("a", "1");
    made[kit.backup()->time] = tree_of(kit.data());
    kit.write("b", noise(1'500'000));
    made[kit.backup()->time] = tree_of(kit.data());
    kit.write("a", "changed");
    const Tree now = tree_of(kit.data());
    bool died = true;
    int steps = 0;
    for (; died; ++steps) {
      kit.clock.advance(3600 * kSecond);
      MortalStore mortal(*kit.store, steps, after, false);
      const auto done = run_backup(kit.job, mortal, kit.environment);
      died = mortal.died();
      expect_all_restorable(kit, made, now);
      // The one whose manifest is there counts from now on, whatever its process learnt of it.
      const auto newest = newest_backup(*kit.store, "config").value();
      made.emplace(newest, now);
      if (done) {
        EXPECT_EQ(newest, done->time);
      }
    }
    EXPECT_GT(steps, 5);
    // What the dead left is cleared away later, and nothing else.
    const auto cleared =
        prune(*kit.store, "config", "trader-1", {}, SystemClock().wall() + 2 * kUnfinishedAge, false);
    ASSERT_TRUE(cleared) << cleared.error().text();
    for (const Folder& folder : list_folders(*kit.store, "config").value()) EXPECT_TRUE(folder.complete());
    EXPECT_TRUE(kit.store->uploads("").value().empty());
    expect_all_restorable(kit, made, now);
  }
}

TEST(Killed, AtEveryStepOfAPruneWhatIsToStayRestores) {
  for (const bool after : {false, true}) {
    for (int steps = 0;; ++steps) {
      Kit kit;
      kit.write("a", "1");
      ASSERT_TRUE(kit.backup());
      kit.write("b", "2");
      ASSERT_TRUE(kit.backup());
      kit.job.full = true;
      const auto kept = kit.backup();
      const Tree tree = tree_of(kit.data());
      Keep keep;
      keep.last = 1;
      MortalStore mortal(*kit.store, steps, after, false);
      static_cast<void>(prune(mortal, "config", "trader-1", keep, kit.clock.wall(), false));
      for (const Folder& folder : list_folders(*kit.store, "config").value()) {
        if (folder.complete()) {
          EXPECT_TRUE(verify(*kit.store, "config", folder.time, {})) << folder.time;
        }
      }
      EXPECT_TRUE(kit.restores_to(kept->time, tree));
      ASSERT_TRUE(
          prune(*kit.store, "config", "trader-1", keep, SystemClock().wall() + 2 * kUnfinishedAge, false));
      EXPECT_EQ(list_folders(*kit.store, "config")->size(), 1U) << steps;
      EXPECT_TRUE(kit.restores_to(kept->time, tree));
      if (!mortal.died()) break;
    }
  }
}

/// In a folder small objects are uploads, too, for the length of a write.
TEST(Killed, WhileItWroteAClaimOrATailTheUploadIsClearedAway) {
  Kit kit;
  kit.store = objects::open_store("file://" + kit.place("store")).value();
  ASSERT_TRUE(kit.backup());
  const std::string time = "20261125T031500.123Z";
  for (const std::string& key : {key_of("config", time, kClaimName), tail_key("config", "trader-1", time),
                                 tail_key("config", "trader-2", time)})
    ASSERT_TRUE(kit.store->create(key));
  const auto clear = [&](WallNs now) { return prune(*kit.store, "config", "trader-1", {}, now, false); };
  ASSERT_TRUE(clear(SystemClock().wall()));
  EXPECT_EQ(kit.store->uploads("")->size(), 3U) << "they may be under way";
  ASSERT_TRUE(clear(SystemClock().wall() + 2 * kUnfinishedAge));
  const auto left = kit.store->uploads("").value();
  ASSERT_EQ(left.size(), 1U) << "the other host's";
  EXPECT_EQ(left.front().key, tail_key("config", "trader-2", time));
}

TEST(Killed, ByTheKernelIntoAFolderAtEveryStep) {
  Kit kit;
  kit.store = objects::open_store("file://" + kit.place("store")).value();
  std::map<std::string, Tree> made;
  kit.write("a", noise(300'000));
  made[kit.backup()->time] = tree_of(kit.data());
  kit.write("b", noise(600'000));
  const Tree now = tree_of(kit.data());
  int status = 9;
  for (int steps = 0; status != 0; ++steps) {
    kit.clock.advance(3600 * kSecond);
    const pid_t child = ::fork();
    if (child == 0) {
      MortalStore mortal(*kit.store, steps, steps % 2 == 0, true);
      ::_exit(run_backup(kit.job, mortal, kit.environment) ? 0 : 1);
    }
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_NE(WEXITSTATUS(status), 1);
    expect_all_restorable(kit, made, now);
    made.emplace(newest_backup(*kit.store, "config").value(), now);
  }
}

}  // namespace
}  // namespace steward::backup
