// Backups of a database whose psql and pg_dump are shell scripts that fail in every way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "backup/manifest/catalog.hpp"
#include "backup/postgres/dump.hpp"
#include "backup/postgres/restore_database.hpp"
#include "backup/test_kit.hpp"

namespace steward::backup {
namespace {

using testing::HasSubstr;

// Answers as a server 15.18 with the database db and a table public.bets of two rows does.
constexpr std::string_view kPsql = R"(
while read -r line; do case $line in
  "SELECT 'steward-answer-"*) mark=${line#*\'}; echo "${mark%%\'*}" ;;
  *pg_export_snapshot*) echo "313530303138|6462|55544638|30302d31|302f31|30" ;;
  *has_function_privilege*) echo 1 ;;
  *server_version_num*) echo 150018 ;;
  *"FROM ONLY"*) echo "7075626c6963|62657473|32" ;;
  *pg_class*) echo 1 ;;
esac; done
)";

class PostgresDump : public testing::Test {
 protected:
  PostgresDump() {
    environment().postgres.folders = {kit.place("postgresql"), kit.place("bin")};
    kit.job.sources = {{SourceKind::postgres, "postgresql:///db", {}}};
    tool("15", "psql", std::string(kPsql));
    tool("15", "pg_dump", "echo $0 $* >&2; echo the dump");
  }
  Environment& environment() { return kit.environment; }
  void tool(const std::string& version, const std::string& name, const std::string& script) {
    program(kit.place("postgresql/" + version + "/bin"), name, script);
  }
  static void program(const std::filesystem::path& folder, const std::string& name,
                      const std::string& script) {
    std::filesystem::create_directories(folder);
    std::ofstream(folder / name) << "#!/bin/sh\n" << script;
    std::filesystem::permissions(folder / name, std::filesystem::perms::owner_all);
  }
  /// The backup fails with these words, and nothing counts.
  void fails_with(const std::string& words) {
    const auto made = kit.backup();
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().text(), HasSubstr(words));
    for (const Folder& folder : list_folders(*kit.store, kit.job.name).value()) {
      EXPECT_FALSE(folder.complete());
      EXPECT_FALSE(folder.has("db.dump.zst"));
    }
  }

  Kit kit;
};

TEST_F(PostgresDump, IsAnArchiveOfItsOwnWithRowsAndPlaceInTheLog) {
  const auto made = kit.backup();
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(made->wal, (std::vector<std::pair<std::string, std::string>>{{"postgresql:///db", "0/1"}}));
  ASSERT_EQ(made->notes.size(), 1);  // what pg_dump said though all was well
  EXPECT_THAT(made->notes[0],
              HasSubstr("--lock-wait-timeout=60000 --snapshot=00-1 -Fc -Z0 -d postgresql:///db"));
  const auto manifest = kit.manifest(made->time);
  ASSERT_EQ(manifest.databases.size(), 1);
  EXPECT_EQ(manifest.databases[0].tables, (std::vector<TableRows>{{"public", "bets", 2}}));
  EXPECT_EQ(manifest.files.at(0).archive, "db.dump.zst");
  EXPECT_EQ(manifest.files.at(0).size, 9);
  ASSERT_TRUE(kit.restore_to("new", made->time));
  std::ifstream in(kit.place("new/databases/db.dump"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "the dump\n");
  EXPECT_TRUE(verify(*kit.store, kit.job.name, made->time, {})->proved);
}

TEST_F(PostgresDump, TwoOfOneNameAndAStrangeOneGetNamesOfTheirOwn) {
  kit.job.sources.push_back(
      {.kind = SourceKind::postgres, .path = "postgresql://other/db", .plain = true, .row_counts = false});
  kit.job.sources.push_back(kit.job.sources[0]);
  const auto made = kit.backup();
  ASSERT_TRUE(made) << made.error().text();
  const auto manifest = read_manifest(*kit.store, kit.job.name, made->time).value();
  EXPECT_EQ(manifest.archives.at(0).name, "db.dump.zst");
  EXPECT_EQ(manifest.archives.at(1).name, "db-2.sql.zst");
  EXPECT_EQ(manifest.archives.at(2).name, "db-3.dump.zst");
  EXPECT_FALSE(manifest.databases.at(1).counted);
}

TEST_F(PostgresDump, NeverHasThePathOfAFile) {
  std::set<std::string> taken{"db"};
  const SystemClock clock;
  const auto dump = store_dump({.url = "postgresql:///db", .postgres = environment().postgres}, *kit.store,
                               "config/x", {.low_priority = false}, clock, taken);
  ASSERT_TRUE(dump) << dump.error().text();
  EXPECT_EQ(dump->entry.path, "databases/db-2.dump");
}

TEST_F(PostgresDump, ThatEndsBadlyIsNoBackup) {
  tool("15", "pg_dump",
       "head -c 3000000 /dev/zero; echo 'pg_dump: error: query failed, password=hunter2' >&2; exit 1");
  fails_with("pg_dump exited with code 1: pg_dump: error: query failed, password=…");
  tool("15", "pg_dump", "head -c 3000000 /dev/zero; kill -9 $$");
  fails_with("pg_dump killed by SIGKILL: it said nothing");
  tool("15", "pg_dump", "yes complaint | head -c 3000000 >&2; exit 2");
  fails_with("pg_dump exited with code 2: complaint; complaint");
}

TEST_F(PostgresDump, ThatHangsIsEndedByStopAndBySilence) {
  tool("15", "pg_dump", "echo begun; exec sleep 60");
  environment().postgres.silence = 100 * kMillisecond;
  fails_with("has done nothing for");
  environment().postgres.silence = 60 * kSecond;
  std::stop_source stop;
  environment().stop = stop.get_token();
  std::jthread later([&] { stop.request_stop(); });
  fails_with("was stopped");
}

TEST_F(PostgresDump, ThatCannotAskTheServerSaysWhatItSaid) {
  tool("15", "psql", "echo 'psql: error: connection refused' >&2; exit 2");
  fails_with("cannot back up postgresql:///db: psql: error: connection refused");
  tool("15", "psql", "while read -r line; do head -c 1000 /dev/urandom; done");
  environment().postgres.patience = 100 * kMillisecond;
  fails_with("has done nothing for");
  tool("15", "psql", "yes");
  fails_with("answers without end");
}

TEST_F(PostgresDump, TakesTheServersVersionOrTheNextNewer) {
  tool("16", "pg_dump", "echo sixteen");
  tool("17", "pg_dump", "echo seventeen");
  EXPECT_EQ(read_manifest(*kit.store, kit.job.name, kit.backup()->time)->databases.at(0).pg_dump, 15);
  std::filesystem::remove(kit.place("postgresql/15/bin/pg_dump"));
  EXPECT_EQ(read_manifest(*kit.store, kit.job.name, kit.backup()->time)->databases.at(0).pg_dump, 16);
}

TEST_F(PostgresDump, WithoutAProgramSaysWhichPackageToInstall) {
  std::filesystem::remove(kit.place("postgresql/15/bin/pg_dump"));
  tool("9.6", "pg_dump", "echo very old");
  tool("14", "pg_dump", "echo old");
  fails_with(
      "pg_dump of PostgreSQL 15 or newer is needed, and the newest here is 14; install the package "
      "postgresql-client-15");
  program(kit.place("bin"), "pg_dump",
          R"([ "$1" = --version ] && echo "pg_dump (PostgreSQL) 15.1" || echo "of PATH")");
  EXPECT_TRUE(kit.backup());
  EXPECT_THAT(find_psql({kit.place("none"), kit.place("none")}).error().text(),
              HasSubstr("psql is not installed"));
}

// pg_restore and psql of the restore: the first copies, the second notes what it is fed.
class PostgresRestore : public PostgresDump {
 protected:
  PostgresRestore() {
    tool("15", "pg_restore", R"(printf 'BEGIN;\n\nCREATE;\n'; cat; printf '\nCOMMIT;\n\n-- complete\n')");
    tool("15", "psql", fmt::format("tee -a {} | {{ {} }}", kit.place("fed"), kPsql));
    made = kit.backup().value().time;
    std::filesystem::remove(kit.place("fed"));
    // The new database is empty, and its marks and relations are none.
    tool("15", "psql",
         fmt::format("tee -a {} | sed -u 's/.*relkind.*/count/' | {{ {} }}", kit.place("fed"), kNew));
    options.to = "postgresql:///new";
    options.postgres = environment().postgres;
  }
  std::string fed() const {
    std::ifstream in(kit.place("fed"));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void damage() {
    const std::string key = kit.job.name + "/" + made + "/db.dump.zst";
    std::string bytes = kit.object(key);
    bytes[bytes.size() - 2] = static_cast<char>(bytes[bytes.size() - 2] ^ 1);
    ASSERT_TRUE(kit.store->put(key, bytes));
  }
  static constexpr std::string_view kNew = R"(
while read -r line; do case $line in
  "SELECT 'steward-answer-"*) mark=${line#*\'}; echo "${mark%%\'*}" ;;
  count) echo 0 ;;
esac; done
)";

  std::string made;
  DatabaseRestoreOptions options;
};

TEST_F(PostgresRestore, CommitsOnceAndAfterEverythingElse) {
  static_cast<void>(restore_database(*kit.store, kit.job.name, made, {}, options));
  const std::string script = fed();
  EXPECT_THAT(script, HasSubstr("BEGIN;\n\nCREATE;\nthe dump\n"));
  const auto commit = script.find("COMMIT");
  ASSERT_NE(commit, std::string::npos);
  EXPECT_EQ(script.find("COMMIT", commit + 1), std::string::npos);
  EXPECT_LT(script.find("the dump"), commit);
}

TEST_F(PostgresRestore, IsCommittedThoughItsRowsCannotBeCounted) {
  const auto done = restore_database(*kit.store, kit.job.name, made, {}, options);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().text(),
              HasSubstr("is restored, every hash is right, but its rows cannot be counted"));
  EXPECT_THAT(fed(), HasSubstr("\\set ON_ERROR_STOP 1\n\\set ON_ERROR_ROLLBACK 0\nCOMMIT"));
}

TEST_F(PostgresRestore, NothingIsCommittedOfADamagedArchive) {
  damage();
  const auto done = restore_database(*kit.store, kit.job.name, made, {}, options);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Code::corrupt) << done.error().text();
  EXPECT_EQ(fed().find("COMMIT"), std::string::npos);
}

TEST_F(PostgresRestore, NothingIsCommittedWhenPgRestoreFails) {
  tool("15", "pg_restore", "cat; printf '\\nCOMMIT;\\n'; echo 'unsupported version' >&2; exit 1");
  const auto done = restore_database(*kit.store, kit.job.name, made, {}, options);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().text(), HasSubstr("pg_restore exited with code 1: unsupported version"));
  EXPECT_EQ(fed().find("COMMIT"), std::string::npos);
}

}  // namespace
}  // namespace steward::backup
