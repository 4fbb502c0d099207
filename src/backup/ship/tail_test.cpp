#include "backup/ship/tail.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backup/stages/hash.hpp"
#include "backup/stages/test_streams.hpp"

namespace steward::backup {
namespace {

using testing::HasSubstr;

TailPiece piece(const std::string& path, std::int64_t offset, std::string_view bytes,
                PieceKind kind = PieceKind::grow) {
  return {
      kind, path, offset,           static_cast<std::int64_t>(bytes.size()), 0640, 1'764'000'000 * kSecond,
      7,    8,    sha256_hex(bytes)};
}

TailHeader header_of(std::vector<TailPiece> pieces) {
  return {"own", "trader-1", "20261125T031500.123Z", {}, std::move(pieces)};
}

/// A new key pair, as what opens backups.
std::vector<Identity> new_key() {
  std::vector<Identity> keys;
  keys.push_back(make_identity());
  return keys;
}

const std::string kKey = "own.tail/trader-1/20261125T031500.123Z.tail";

TEST(Tail, GivesBackWhatWasPutIn) {
  TailPiece gone;
  gone.kind = PieceKind::gone, gone.path = "state/bots/a/down";
  const TailHeader header =
      header_of({piece("state/a", 5, "hello\n"), piece("state/gate", 0, "open 1\n", PieceKind::whole), gone});
  const auto object = format_tail(header, "hello\nopen 1\n", nullptr);
  ASSERT_TRUE(object);
  const auto tail = parse_tail(*object, kKey, {});
  ASSERT_TRUE(tail) << tail.error().text();
  EXPECT_EQ(tail->body, "hello\nopen 1\n");
  ASSERT_EQ(tail->header.pieces.size(), 3U);
  EXPECT_EQ(tail->header.pieces[0], header.pieces[0]);
  EXPECT_EQ(tail->header.pieces[1], header.pieces[1]);
  EXPECT_EQ(tail->header.pieces[2].kind, PieceKind::gone);
}

TEST(Tail, OneChangedByteOrACutIsNeverTakenForTheTail) {
  for (const bool encrypted : {false, true}) {
    TailHeader header = header_of({piece("state/a", 0, "hello hello hello\n")});
    const auto keys = new_key();
    const Secret key = make_data_key();
    if (encrypted) header.recipients.push_back(*seal_key(key, {"offline", keys[0].public_key}));
    const auto object = format_tail(header, "hello hello hello\n", encrypted ? &key : nullptr);
    ASSERT_TRUE(object);
    ASSERT_TRUE(parse_tail(*object, kKey, keys));
    for (std::size_t i = 0; i < object->size(); ++i) {
      std::string bad = *object;
      bad[i] = static_cast<char>(bad[i] ^ 1);
      // zstd's own header has bits without meaning; whatever is taken is what was put in.
      const auto taken = parse_tail(bad, kKey, keys);
      EXPECT_TRUE(!taken || (!encrypted && taken->body == "hello hello hello\n")) << i;
      EXPECT_FALSE(parse_tail(object->substr(0, i), kKey, keys)) << i;
    }
    EXPECT_FALSE(parse_tail(*object + "x", kKey, keys));
    EXPECT_FALSE(parse_tail(*object, "own.tail/trader-1/20261125T031500.124Z.tail", keys));
  }
}

TEST(Tail, EncryptedOnlyItsRecipientsReadIt) {
  TailHeader header = header_of({piece("state/a", 0, "the secret")});
  const auto keys = new_key();
  const Secret key = make_data_key();
  header.recipients.push_back(*seal_key(key, {"offline", keys[0].public_key}));
  const auto object = format_tail(header, "the secret", &key);
  ASSERT_TRUE(object);
  EXPECT_EQ(object->find("the secret"), std::string::npos);
  const auto denied = parse_tail(*object, kKey, new_key());
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code(), Code::denied);
  EXPECT_THAT(denied.error().text(), HasSubstr("offline"));
}

TEST(Tail, HostilePathsAndSizesAreRefused) {
  for (const char* path : {"/etc/passwd", "../x", "a/../b", "", "a//b"}) {
    EXPECT_FALSE(parse_tail_header(format_tail_header(header_of({piece(path, 0, "x")})))) << path;
  }
  TailPiece large = piece("a", 0, "x");
  large.length = kTailBody + 1;
  EXPECT_FALSE(parse_tail_header(format_tail_header(header_of({large}))));
  large.length = kTailBody;
  EXPECT_FALSE(parse_tail_header(format_tail_header(header_of({large, large}))));
  large.offset = -1;
  EXPECT_FALSE(parse_tail_header(format_tail_header(header_of({large}))));
}

TEST(Tail, NamesOfHostsAreParts) {
  EXPECT_EQ(tail_prefix("own", "trader-1.lan"), "own.tail/trader-1.lan/");
  EXPECT_EQ(tail_prefix("own", "a/../b c"), "own.tail/a_.._b_c/");
  EXPECT_EQ(host_part(".."), "_");
  EXPECT_EQ(time_of_tail(kKey, tail_prefix("own", "trader-1")), "20261125T031500.123Z");
  EXPECT_EQ(time_of_tail("own.tail/trader-1/x.tail", tail_prefix("own", "trader-1")), "");
}

TEST(Tail, TheTimeOfANameIsTheMomentThatItNames) {
  for (const WallNs wall : {WallNs{0}, 1'764'040'500 * kSecond + 123 * kMillisecond, 951'782'399 * kSecond})
    EXPECT_EQ(wall_of_time_name(time_name(wall)), wall);
  EXPECT_EQ(wall_of_time_name("yesterday"), 0);
}

}  // namespace
}  // namespace steward::backup
