#include "store/state_file.hpp"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "journal/test_folder.hpp"
#include "state/rows.hpp"
#include "store/test_dump.hpp"

namespace steward::store {
namespace {

using journal::TestFolder;

void add_notes(state::Model& model, int from, int to) {
  for (int i = from; i < to; ++i)
    model.notes.add({"racing", "info", fmt::format("{} {}", i, std::string(500, 'x')), i});
}

std::string dump_of(const std::string& folder, const Clock& clock) {
  state::Model model;
  journal::Cursors cursors;
  StateFile(folder, clock).load(model, cursors);
  return Dump(model).text();
}

TEST(StateFile, gives_back_what_was_committed) {
  const TestFolder folder;
  ManualClock clock;
  state::Model model;
  journal::Cursors cursors;
  {
    StateFile file(folder.path(), clock);
    file.load(model, cursors);
    add_notes(model, 0, 3);
    state::Bot bot;
    bot.name = "racing", bot.exits["SIGKILL"] = 3, bot.errors["a b"] = 1, bot.gate_open = false;
    model.bots.add(bot);
    state::Series series;
    series.bot = "racing", series.name = "turns", series.labels = {{"venue", ""}, {"x", "a%\n"}},
    series.value = 0.1;
    model.series.add(series);
    cursors.done.add("racing", "01ARZ3NDEKTSV4RRFFQ69G5FA1");
    ASSERT_TRUE(file.commit(model, cursors));
    model.notes.erase(*model.notes.oldest());
    ASSERT_TRUE(file.commit(model, cursors));
  }
  EXPECT_EQ(dump_of(folder.path(), clock), Dump(model).text());
  state::Model again;
  journal::Cursors places;
  StateFile(folder.path(), clock).load(again, places);
  EXPECT_TRUE(places.done.contains("racing", "01ARZ3NDEKTSV4RRFFQ69G5FA1"));
}

TEST(StateFile, opens_with_standard_tools) {
  const TestFolder folder;
  ManualClock clock;
  state::Model model;
  journal::Cursors cursors;
  StateFile file(folder.path(), clock);
  file.load(model, cursors);
  add_notes(model, 0, 2);
  ASSERT_TRUE(file.commit(model, cursors));
  ASSERT_TRUE(file.checkpoint());
  auto db = Db::open(folder.path() + "/checkpoint", Db::Mode::snapshot);
  ASSERT_TRUE(db) << db.error().text();
  EXPECT_EQ(*db->number("SELECT count(*) FROM notes WHERE bot='racing'"), 2);
}

TEST(StateFile, a_column_of_a_later_version_is_added) {
  const TestFolder folder;
  ManualClock clock;
  state::Model model;
  journal::Cursors cursors;
  {
    StateFile file(folder.path(), clock);
    file.load(model, cursors);
    add_notes(model, 0, 2);
    ASSERT_TRUE(file.commit(model, cursors));
  }
  {
    auto db = Db::open(folder.path() + "/state.db", Db::Mode::own);
    ASSERT_TRUE(db);
    ASSERT_TRUE(db->exec("ALTER TABLE notes DROP COLUMN level"));
  }
  state::Model again;
  journal::Cursors places;
  StateFile file(folder.path(), clock);
  file.load(again, places);
  ASSERT_EQ(again.notes.size(), 2U);
  EXPECT_EQ(again.notes.oldest()->row.level, "");
  add_notes(again, 2, 3);
  EXPECT_TRUE(file.commit(again, places)) << file.trouble();
}

TEST(StateFile, a_damaged_checkpoint_is_told) {
  const TestFolder folder;
  ManualClock clock;
  std::ofstream(folder.path() + "/checkpoint") << std::string(5000, 'x');
  state::Model model;
  journal::Cursors cursors;
  StateFile file(folder.path(), clock);
  file.load(model, cursors);
  EXPECT_NE(file.notice().find("checkpoint"), std::string::npos);
  EXPECT_TRUE(file.commit(model, cursors));
}

TEST(StateFile, a_full_disk_is_told_and_heals) {
  const TestFolder folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
    GTEST_SKIP() << "a small file system cannot be mounted here (needs root)";
  }
  struct Unmount {
    std::string path;
    ~Unmount() { ::umount2(path.c_str(), MNT_DETACH); }
  };
  const Unmount unmount{folder.path()};
  ManualClock clock;
  state::Model model;
  journal::Cursors cursors;
  {
    StateFile file(folder.path(), clock);
    file.load(model, cursors);
    add_notes(model, 0, 10);
    ASSERT_TRUE(file.commit(model, cursors)) << file.trouble();
    {
      std::ofstream filler(folder.path() + "/filler", std::ios::binary);
      for (int i = 0; i < 256 && filler; ++i) filler << std::string(4096, 'x') << std::flush;
    }
    add_notes(model, 10, 200);
    EXPECT_FALSE(file.commit(model, cursors));
    EXPECT_NE(file.trouble(), "");
    EXPECT_EQ(model.notes.size(), 200U) << "memory goes on";
    std::filesystem::remove(folder.path() + "/filler");
    EXPECT_FALSE(file.commit(model, cursors)) << "not again within a second";
    clock.advance(StateFile::kRetry);
    EXPECT_TRUE(file.commit(model, cursors)) << file.trouble();
    EXPECT_EQ(file.trouble(), "");
    EXPECT_GE(file.failures(), 1);
  }
  EXPECT_EQ(dump_of(folder.path(), clock), Dump(model).text());
}

}  // namespace
}  // namespace steward::store
