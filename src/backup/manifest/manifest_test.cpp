#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "backup/test_kit.hpp"

namespace steward::backup {
namespace {

WholeManifest sample() {
  WholeManifest manifest;
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
  const WholeManifest manifest = sample();
  const auto back = whole_of(text_of(manifest));
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(back->files, manifest.files);
  EXPECT_EQ(back->archives, manifest.archives);
  EXPECT_EQ(back->databases, manifest.databases);
  EXPECT_EQ(back->sources, manifest.sources);
  EXPECT_EQ(back->tools, manifest.tools);
  EXPECT_EQ(back->notes, manifest.notes);
  EXPECT_EQ(back->parent, manifest.parent);
  EXPECT_EQ(back->started, manifest.started);
  EXPECT_EQ(back->needs, std::vector<std::string>{"20261124T020000.000Z"});
  EXPECT_EQ(text_of(*back), text_of(manifest));
}

TEST(Manifest, AnyChangedByteAndAnyCutIsRefused) {
  const std::string text = text_of(sample());
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 4);
    ASSERT_FALSE(whole_of(changed)) << at;
    ASSERT_FALSE(whole_of(text.substr(0, at))) << at;
  }
}

TEST(Manifest, TheMacIsThatOfTheDataKey) {
  const Secret key = make_data_key();
  const std::string text = text_of(sample(), &key);
  EXPECT_TRUE(whole_of(text));
  EXPECT_TRUE(whole_of(text, &key));
  const Secret other = make_data_key();
  EXPECT_EQ(whole_of(text, &other).error().code(), Code::corrupt);
  EXPECT_EQ(whole_of(text_of(sample()), &key).error().code(), Code::corrupt);
}

TEST(Manifest, WhatCannotBeIsRefusedWithItsName) {
  const auto refused = [](auto change, std::string_view word) {
    WholeManifest manifest = sample();
    change(manifest);
    const auto back = whole_of(text_of(manifest));
    ASSERT_FALSE(back) << word;
    EXPECT_EQ(back.error().code(), Code::corrupt);
    EXPECT_NE(back.error().text().find(word), std::string::npos) << back.error().text();
  };
  for (const char* path : {"/etc/passwd", "a/../b", "..", ".", "a//b", "", "a/", "./a"})
    refused([&](WholeManifest& m) { m.files[0].path = path; }, "path");
  refused([](WholeManifest& m) { m.files[1].path = m.files[0].path; }, "twice");
  refused([](WholeManifest& m) { m.files[0].size = -1; }, "size");
  refused([](WholeManifest& m) { m.files[0].mode = 010000; }, "mode");
  refused([](WholeManifest& m) { m.files[0].sha256 = "00"; }, "sha256");
  refused([](WholeManifest& m) { m.files[0].in = "../../other"; }, "needs of");
  refused([](WholeManifest& m) { m.files[1].target.clear(); }, "target");
  refused([](WholeManifest& m) { m.archives[0].name = "../x"; }, "name");
  refused([](WholeManifest& m) { m.job = "Not A Job"; }, "job");
  refused([](WholeManifest& m) { m.time = "20261124"; }, "time");
}

/// The seals are right, whatever stands before them.
std::string sealed(const std::string& head, const std::string& files) {
  std::string text = fmt::format("{},\"head_sha256\":\"{}\",\"files\":[\n{}]", head, sha256_hex(head), files);
  return fmt::format("{},\"sha256\":\"{}\"}}\n", text, sha256_hex(text));
}

TEST(Manifest, AnotherLayoutOrAnotherNumberOfFilesIsRefused) {
  WholeManifest manifest = sample();
  const std::string own = manifest.time;
  const std::string text = text_of(manifest);
  const std::string head = text.substr(0, text.find(",\"head_sha256\""));
  const std::string file = format_entry(manifest.files[0]), link = format_entry(manifest.files[1]);
  ASSERT_TRUE(whole_of(sealed(head, file + ",\n" + link + "\n")));
  for (const std::string& files :
       {file + ",\n", file + "\n", file + "\n" + link + "\n", file + ",\n" + link + ",\n",
        file + ",\n\n" + link + "\n", file + "," + link + "\n", std::string(),
        file + ",\n" + link + ",\n" + link + "\n", link + "\n", std::string("\n")})
    EXPECT_EQ(whole_of(sealed(head, files)).error().code(), Code::corrupt) << files;
  EXPECT_FALSE(whole_of(sealed(head, file + ",\n" + link + "\n") + "x"));
  std::string other = manifest.files[0].in;
  manifest.files[0].in = own;
  EXPECT_NE(whole_of(text_of(manifest)).error().text().find("its own backup"), std::string::npos);
  manifest.files[0].in.clear();
  const auto needless = whole_of(sealed(head, format_entry(manifest.files[0]) + ",\n" + link + "\n"));
  EXPECT_NE(needless.error().text().find("other backups"), std::string::npos);
}

TEST(Manifest, TheHeadIsReadAloneAndInAnyPieces) {
  const WholeManifest manifest = sample();
  const std::string text = text_of(manifest);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, text.size()}) {
    EXPECT_EQ(whole_of(text, nullptr, piece)->files, manifest.files);
    TextSource cut(text.substr(0, text.find('\n') + 1), piece);
    EXPECT_EQ(ManifestReader(cut).head()->needs, std::vector<std::string>{"20261124T020000.000Z"});
  }
}

TEST(TimeName, SortsAsTime) {
  EXPECT_EQ(time_name(1'764'040'500'123'000'000), "20251125T031500.123Z");
  EXPECT_TRUE(is_time_name("20251125T031500.123Z"));
  for (const char* other : {"", "20251125T031500Z", "20251125T031500.123", "2025112xT031500.123Z"})
    EXPECT_FALSE(is_time_name(other)) << other;
}

TEST(TimeName, ComesAfterAnotherWhateverTheClockSays) {
  const WallNs now = 1'764'040'500'123'000'000;
  EXPECT_EQ(wall_of_time_name(time_name(now)), now);
  EXPECT_EQ(time_after("", now), time_name(now));
  EXPECT_EQ(time_after("20201125T031500.123Z", now), time_name(now));
  EXPECT_EQ(time_after("20251125T031500.123Z", now), "20251125T031500.124Z");
  EXPECT_EQ(time_after("20281231T235959.999Z", now), "20290101T000000.000Z");
  for (const char* never : {"20251345T031500.123Z", "99991231T235959.999Z"})
    EXPECT_EQ(time_after(never, now), time_name(now)) << never;
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
