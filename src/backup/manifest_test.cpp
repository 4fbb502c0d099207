#include "backup/manifest.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "backup/hash.hpp"

namespace steward::backup {
namespace {

Manifest sample() {
  Manifest manifest;
  manifest.job = "config";
  manifest.time = time_name(1'764'040'500'123'000'000);
  manifest.parent = "20261124T020000.000Z";
  manifest.host = "trader-1";
  manifest.started = 1'764'040'500'123'000'000;
  manifest.finished = manifest.started + 5;
  manifest.tools = {{"steward", "0.1.0"}};
  manifest.sources = {{"files", "/home/trading/config"}};
  manifest.archives = {{"files.tar.zst", 10, 20, std::string(64, 'a'), std::string(64, 'b')}};
  manifest.notes = {"one vanished"};
  manifest.databases = {
      {.path = "databases/db.dump",
       .source = "postgresql:///db",
       .name = "d\"b",
       .server_version = 150018,
       .pg_dump = 15,
       .encoding = "UTF8",
       .wal_lsn = "0/1",
       .large_objects = 2,
       .counted = true,
       .tables = {{"public", "bets", 7}}},
      {.path = "databases/db-2.sql", .source = "postgresql://b/db", .name = "db", .plain = true}};
  Entry file;
  file.path = "home/a\xff";
  file.size = 5;
  file.mode = 0644;
  file.mtime = -7;
  file.ctime = 8;
  file.uid = 1000;
  file.gid = 0xffffffff;
  file.sha256 = std::string(64, '0');
  file.in = "20261124T020000.000Z";
  file.changed = true;
  Entry link;
  link.path = "home/link";
  link.type = EntryType::link;
  link.target = "../ü";
  manifest.files = {file, link};
  return manifest;
}

TEST(Manifest, ComesBackAsItWas) {
  const Manifest manifest = sample();
  const auto back = parse_manifest(format_manifest(manifest, nullptr));
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(back->files, manifest.files);
  EXPECT_EQ(back->archives, manifest.archives);
  EXPECT_EQ(back->databases, manifest.databases);
  EXPECT_EQ(back->sources, manifest.sources);
  EXPECT_EQ(back->tools, manifest.tools);
  EXPECT_EQ(back->notes, manifest.notes);
  EXPECT_EQ(back->parent, manifest.parent);
  EXPECT_EQ(back->started, manifest.started);
  EXPECT_EQ(back->needs(), std::vector<std::string>{"20261124T020000.000Z"});
  EXPECT_EQ(format_manifest(*back, nullptr), format_manifest(manifest, nullptr));
}

TEST(Manifest, AnyChangedByteAndAnyCutIsRefused) {
  const std::string text = format_manifest(sample(), nullptr);
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 4);
    ASSERT_FALSE(parse_manifest(changed)) << at;
    ASSERT_FALSE(parse_manifest(text.substr(0, at))) << at;
  }
}

TEST(Manifest, TheMacIsThatOfTheDataKey) {
  const Secret key = make_data_key();
  Manifest manifest = sample();
  const std::string text = format_manifest(manifest, &key);
  ASSERT_TRUE(parse_manifest(text));
  EXPECT_TRUE(check_manifest_mac(text, key));
  EXPECT_EQ(check_manifest_mac(text, make_data_key()).error().code(), Code::corrupt);
  EXPECT_EQ(check_manifest_mac(format_manifest(manifest, nullptr), key).error().code(), Code::corrupt);
}

TEST(Manifest, WhatCannotBeIsRefusedWithItsName) {
  const auto refused = [](auto change, std::string_view word) {
    Manifest manifest = sample();
    change(manifest);
    const auto back = parse_manifest(format_manifest(manifest, nullptr));
    ASSERT_FALSE(back) << word;
    EXPECT_EQ(back.error().code(), Code::corrupt);
    EXPECT_NE(back.error().text().find(word), std::string::npos) << back.error().text();
  };
  for (const char* path : {"/etc/passwd", "a/../b", "..", ".", "a//b", "", "a/", "./a"})
    refused([&](Manifest& m) { m.files[0].path = path; }, "path");
  refused([](Manifest& m) { m.files[1].path = m.files[0].path; }, "twice");
  refused([](Manifest& m) { m.files[0].size = -1; }, "size");
  refused([](Manifest& m) { m.files[0].mode = 010000; }, "mode");
  refused([](Manifest& m) { m.files[0].sha256 = "00"; }, "sha256");
  refused([](Manifest& m) { m.files[0].in = "../../other"; }, "in of");
  refused([](Manifest& m) { m.files[1].target.clear(); }, "target");
  refused([](Manifest& m) { m.archives[0].name = "../x"; }, "name");
  refused([](Manifest& m) { m.job = "Not A Job"; }, "job");
  refused([](Manifest& m) { m.time = "20261124"; }, "time");
}

TEST(TimeName, SortsAsTime) {
  EXPECT_EQ(time_name(1'764'040'500'123'000'000), "20251125T031500.123Z");
  EXPECT_TRUE(is_time_name("20251125T031500.123Z"));
  for (const char* other : {"", "20251125T031500Z", "20251125T031500.123", "2025112xT031500.123Z"})
    EXPECT_FALSE(is_time_name(other)) << other;
}

RC_GTEST_PROP(SafePath, NothingWithADotPartOrALeadingSlashIsSafe, ()) {
  const auto parts = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("a", "..", ".", "", "b c", "...")));
  std::string path;
  bool safe = true;
  for (const auto& part : parts) {
    if (&part != &parts.front()) path += '/';
    path += part;
    safe = safe && !part.empty() && part != "." && part != "..";
  }
  RC_ASSERT(is_safe_path(path) == safe);
}

}  // namespace
}  // namespace steward::backup
