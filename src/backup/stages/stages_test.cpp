// The stages of the pipeline there and back: compression, encryption, tar, hashes.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <list>

#include "backup/stages/cipher.hpp"
#include "backup/stages/compress.hpp"
#include "backup/stages/hash.hpp"
#include "backup/stages/keys.hpp"
#include "backup/stages/tar.hpp"
#include "backup/stages/test_streams.hpp"

namespace steward::backup {
namespace {

std::string encrypted(const Secret& key, const std::string& context, const std::string& plain) {
  TextSink out;
  auto encryptor = make_encryptor(key, context, out);
  EXPECT_TRUE(encryptor->write(plain));
  EXPECT_TRUE(encryptor->finish());
  return out.text;
}

Result<std::string> decrypted(const Secret& key, const std::string& context, const std::string& sealed) {
  TextSource in(sealed, 777);
  return drained(*make_decryptor(key, context, in));
}

TEST(Cipher, WhatWasEncryptedComesBackAtEverySizeAroundAChunk) {
  const Secret key = make_data_key();
  constexpr std::size_t kChunk = 1 << 20;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kChunk - 1, kChunk, kChunk + 1, 2 * kChunk}) {
    const std::string plain = noise(size);
    const std::string sealed = encrypted(key, "a/b/c", plain);
    const auto back = decrypted(key, "a/b/c", sealed);
    ASSERT_TRUE(back) << size << back.error().text();
    EXPECT_TRUE(*back == plain) << size;
  }
}

TEST(Cipher, AnyChangedByteAnyCutAndAnyAdditionIsRefused) {
  const Secret key = make_data_key();
  const std::string sealed = encrypted(key, "ctx", "the quick brown fox");
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    ASSERT_EQ(decrypted(key, "ctx", changed).error().code(), Code::corrupt) << at;
    ASSERT_EQ(decrypted(key, "ctx", sealed.substr(0, at)).error().code(), Code::corrupt) << at;
  }
  EXPECT_EQ(decrypted(key, "ctx", sealed + "x").error().code(), Code::corrupt);
  EXPECT_EQ(decrypted(key, "other", sealed).error().code(), Code::corrupt);
  EXPECT_EQ(decrypted(make_data_key(), "ctx", sealed).error().code(), Code::corrupt);
}

TEST(Cipher, AStreamCutAtAChunkIsRefused) {
  const Secret key = make_data_key();
  const std::string sealed = encrypted(key, "ctx", noise(3 << 20));
  const std::size_t first = 32 + (1 << 20) + 17;
  EXPECT_EQ(decrypted(key, "ctx", sealed.substr(0, first)).error().code(), Code::corrupt);
  EXPECT_EQ(decrypted(key, "ctx", sealed.substr(0, 32)).error().code(), Code::corrupt);
}

TEST(Keys, EachRecipientOpensTheDataKeyAndNobodyElse) {
  const Identity offline = make_identity();
  std::vector<Identity> drill;
  drill.push_back(*parse_secret_key(secret_key_line(make_identity()).reveal()));
  const Secret key = make_data_key();
  std::vector<SealedKey> sealed;
  sealed.push_back(*seal_key(key, {"offline", *parse_public_key(public_key_line(offline))}));
  sealed.push_back(*seal_key(key, {"drill", drill[0].public_key}));
  EXPECT_EQ(open_key(sealed, drill)->reveal(), key.reveal());
  std::vector<Identity> stranger;
  stranger.push_back(make_identity());
  const auto refused = open_key(sealed, stranger);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::denied);
  EXPECT_NE(refused.error().text().find("offline, drill"), std::string::npos);
  EXPECT_NE(
      open_key(sealed, {}).error().text().find("(--key FILE); the keys of these open it: offline, drill"),
      std::string::npos);
  sealed[1].sealed_key[40] ^= 1;
  EXPECT_EQ(open_key(sealed, drill).error().code(), Code::corrupt);
}

TEST(Keys, ALineThatIsNoKeyIsRefused) {
  const std::string line = public_key_line(make_identity());
  for (const std::string& bad :
       {std::string(), line.substr(1), line.substr(0, line.size() - 2), "x" + line, line + "0"})
    EXPECT_FALSE(parse_public_key(bad)) << bad;
  EXPECT_FALSE(parse_secret_key(line));
}

class Compressions : public testing::TestWithParam<Compression> {
 protected:
  std::string packed(const std::string& plain) const {
    TextSink out;
    auto compressor = make_compressor(GetParam(), out, 2);
    for (std::size_t at = 0; at < plain.size(); at += 100'000)
      EXPECT_TRUE(compressor->write(std::string_view(plain).substr(at, 100'000)));
    EXPECT_TRUE(compressor->finish());
    return out.text;
  }
  Result<std::string> unpacked(const std::string& bytes, std::int64_t limit = 1 << 30) const {
    TextSource in(bytes, 501);
    return drained(*make_decompressor(GetParam(), in, limit, "x"));
  }
};

TEST_P(Compressions, WhatWasPackedComesBack) {
  for (const std::string& plain :
       {std::string(), std::string("x"), noise(3'000'000), std::string(5'000'000, 'a')}) {
    const auto back = unpacked(packed(plain));
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_TRUE(*back == plain);
  }
}

TEST_P(Compressions, ACutAnAdditionAndABombAreRefused) {
  const std::string bytes = packed(std::string(200'000, 'a'));
  for (std::size_t at = 0; at < bytes.size(); ++at)
    ASSERT_EQ(unpacked(bytes.substr(0, at)).error().code(), Code::corrupt) << at;
  EXPECT_EQ(unpacked(bytes + "x").error().code(), Code::corrupt);
  EXPECT_EQ(unpacked(bytes + bytes).error().code(), Code::corrupt);
  EXPECT_EQ(unpacked(bytes, 199'999).error().code(), Code::corrupt);
  EXPECT_TRUE(unpacked(bytes, 200'000));
}

INSTANTIATE_TEST_SUITE_P(All, Compressions, testing::Values(Compression::zstd, Compression::gzip));

Entry file_entry(const std::string& path, std::int64_t size) {
  Entry entry;
  entry.path = path;
  entry.size = size;
  entry.mode = 0640;
  entry.mtime = 1'764'000'000'123'456'789;
  entry.uid = 1234;
  entry.gid = 70'000;
  return entry;
}

TEST(Tar, EntriesComeBackWithEveryName) {
  std::list<Entry> entries;
  for (const std::string& path : {std::string("a"), std::string("home/ü/€"), std::string("bad/\xff\xfe name"),
                                  std::string("long/") + std::string(200, 'x') + "/" + std::string(200, 'y'),
                                  std::string("line\nbreak"), std::string("tab\tand = sign")})
    entries.push_back(file_entry(path, 5));
  Entry folder = file_entry("folder", 0);
  folder.type = EntryType::folder;
  folder.mode = 01777;
  folder.mtime = -1'500'000'000;
  Entry link = file_entry("link", 0);
  link.type = EntryType::link;
  link.target = "/else\xffwhere";
  TextSink out;
  TarWriter writer(out);
  for (const Entry& entry : entries) {
    ASSERT_TRUE(writer.header(entry));
    ASSERT_TRUE(writer.data("12345"));
  }
  ASSERT_TRUE(writer.header(folder));
  ASSERT_TRUE(writer.header(link));
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(writer.size(), static_cast<std::int64_t>(out.text.size()));
  // GNU tar warns of the word at each file that has it.
  EXPECT_GT(out.text.find("hdrcharset"), out.text.find("12345"));
  entries.push_back(folder);
  entries.push_back(link);

  TextSource in(out.text, 1000);
  TarReader reader(in);
  Entry got;
  for (const Entry& entry : entries) {
    auto more = reader.next(got);
    ASSERT_TRUE(more) << more.error().text();
    ASSERT_TRUE(*more);
    EXPECT_EQ(got.path, entry.path);
    EXPECT_EQ(got.target, entry.target);
    got.mode = entry.type == EntryType::link ? entry.mode : got.mode;  // links have no mode
    EXPECT_TRUE(got == entry) << entry.path << " " << got.mode << " " << got.mtime << " " << got.uid << " "
                              << got.gid;
    if (entry.type != EntryType::file) continue;
    EXPECT_EQ(reader.data().value().bytes, "12345");
    EXPECT_TRUE(reader.data().value().bytes.empty());
  }
  EXPECT_FALSE(reader.next(got).value());
}

TEST(Tar, ACutTarIsRefused) {
  TextSink out;
  TarWriter writer(out);
  ASSERT_TRUE(writer.header(file_entry("a", 2000)));
  ASSERT_TRUE(writer.data(noise(2000)));
  ASSERT_TRUE(writer.finish());
  TextSource in(out.text.substr(0, 2000), 512);
  TarReader reader(in);
  Entry entry;
  Status read;
  while (read) {
    auto more = reader.next(entry);
    if (!more) read = std::unexpected(more.error());
    if (!more || !*more) break;
    for (auto piece = reader.data(); read; piece = reader.data()) {
      if (!piece) read = std::unexpected(piece.error());
      if (!piece || piece->bytes.empty()) break;
    }
  }
  EXPECT_FALSE(read);
}

TEST(Hash, TheSinkAndTheCheckAgreeAndAChangeIsNamed) {
  TextSink out;
  HashSink sink(out);
  ASSERT_TRUE(sink.write("ab"));
  ASSERT_TRUE(sink.write("c"));
  const std::string hex = sink.hex();
  EXPECT_EQ(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-4, "abc"
  EXPECT_EQ(sink.size(), 3);
  TextSource good("abc", 2);
  HashCheckSource checked(good, hex, "it");
  EXPECT_EQ(drained(checked).value(), "abc");
  TextSource bad("abd", 2);
  HashCheckSource refused(bad, hex, "the thing");
  EXPECT_EQ(drained(refused).error().code(), Code::corrupt);
  EXPECT_EQ(bytes_of_hex("00ff10").value(), std::string("\x00\xff\x10", 3));
  EXPECT_FALSE(bytes_of_hex("0"));
  EXPECT_FALSE(bytes_of_hex("0G"));
}

}  // namespace
}  // namespace steward::backup
