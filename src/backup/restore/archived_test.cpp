#include "backup/restore/archived.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "backup/jobs/drill.hpp"
#include "backup/postgres/restore_database.hpp"
#include "backup/restore/recover.hpp"
#include "backup/test_kit.hpp"

namespace steward::backup {
namespace {

using testing::HasSubstr;

/// Moves an object of the kit's store into an archive, as a lifecycle rule does.
void archive(objects::ObjectStore& store, const std::string& key) {
  auto info = store.head(key);
  ASSERT_TRUE(info) << info.error().text();
  auto bytes = store.read(key, 0, info->size);
  ASSERT_TRUE(bytes);
  objects::PutOptions options;
  options.storage_class = "GLACIER";
  ASSERT_TRUE(store.put(key, *bytes, options));
}

TEST(Archived, WhatARestoreNeedsIsNamedBeforeAnythingIsWritten) {
  Kit kit;
  kit.write("a", "first");
  const auto first = kit.backup();
  kit.write("b", "second");
  const auto second = kit.backup();
  ASSERT_TRUE(first && second);
  archive(*kit.store, key_of(kit.job.name, first->time, "files.tar.zst"));
  const auto done = kit.restore_to("new", second->time);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Code::denied);
  EXPECT_THAT(done.error().text(), HasSubstr(first->time + "/files.tar.zst lies in GLACIER"));
  EXPECT_THAT(done.error().text(), HasSubstr("3 to 5 hours"));
  EXPECT_FALSE(std::filesystem::exists(kit.restored("new")));
  EXPECT_EQ(verify(*kit.store, kit.job.name, second->time, {}).error().code(), Code::denied);
}

TEST(Archived, AManifestThereIsNamedToo) {
  Kit kit;
  kit.write("a", "first");
  const auto made = kit.backup();
  ASSERT_TRUE(made);
  archive(*kit.store, key_of(kit.job.name, made->time, kManifestName));
  const auto names_it = HasSubstr("manifest.json lies in GLACIER");
  EXPECT_THAT(kit.restore_to("new", made->time).error().text(), names_it);
  EXPECT_THAT(verify(*kit.store, kit.job.name, made->time, {}).error().text(), names_it);
  EXPECT_THAT(recover(*kit.store, {}, {.to = kit.place("all")}).error().text(), names_it);
  const DatabaseRestoreOptions database{.to = "postgresql:///none"};
  EXPECT_THAT(restore_database(*kit.store, kit.job.name, made->time, {}, database).error().text(), names_it);
  config::Settings settings;
  settings.state = kit.place("state");
  settings.objects.host = kit.environment.host;
  config::Backup backup;
  backup.name = kit.job.name;
  // On a thread of its own, for a drill lowers its priority for good.
  std::jthread([&] { EXPECT_THAT(run_drill(settings, backup, *kit.store).error().text(), names_it); }).join();
}

TEST(Archived, TheCommandNamesBucketAndKey) {
  EXPECT_THAT(std::string(fetch_command("s3://bucket/host-a", "trading/x")),
              HasSubstr("--bucket bucket --key 'host-a/trading/x' "));
  EXPECT_THAT(std::string(fetch_command("s3://bucket", "trading/x")), HasSubstr("--key 'trading/x' "));
  EXPECT_EQ(fetch_command("memory:", "x"), "");
  EXPECT_EQ(fetch_time("DEEP_ARCHIVE"), "12 hours");
}

}  // namespace
}  // namespace steward::backup
