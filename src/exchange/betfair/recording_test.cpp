#include "exchange/betfair/recording.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <rapidcheck/gtest.h>

#include "os/files.hpp"

namespace steward::betfair {
namespace {

/// Gives `text` out in pieces of at most `piece` bytes.
class Pieces final : public ByteSource {
 public:
  Pieces(std::string text, std::size_t piece) : text_(std::move(text)), piece_(piece) {}
  Result<std::size_t> read(char* into, std::size_t size) override {
    const std::size_t got = text_.copy(into, std::min(size, piece_), at_);
    at_ += got;
    return got;
  }

 private:
  std::string text_;
  std::size_t piece_, at_ = 0;
};

std::string message(std::int64_t publish_time, std::string_view market = "1.1") {
  return fmt::format(R"({{"op":"mcm","pt":{},"mc":[{{"id":"{}"}}]}})", publish_time, market);
}

std::vector<std::int64_t> publish_times(MarketStream& stream) {
  std::vector<std::int64_t> times;
  while (const StreamMessage* each = stream.next().value_or(nullptr)) times.push_back(each->publish_time);
  return times;
}

std::string gzipped(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(text.size() + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// A file that goes away with the test.
struct TemporaryFile {
  std::string path = testing::TempDir() + "recording." + std::to_string(::getpid());
  explicit TemporaryFile(std::string_view bytes) { EXPECT_TRUE(replace_file(path, bytes)); }
  ~TemporaryFile() { ::unlink(path.c_str()); }
};

RC_GTEST_PROP(LineReader, CutsTheSameLinesWhateverThePieces, ()) {
  const auto lines = *rc::gen::container<std::vector<std::string>>(
      rc::gen::container<std::string>(rc::gen::inRange('a', 'f')));
  std::string text;
  for (const std::string& line : lines) text += line + (*rc::gen::arbitrary<bool>() ? "\r\n" : "\n");
  LineReader reader(std::make_unique<Pieces>(text, *rc::gen::inRange<std::size_t>(1, 9)));
  std::string_view line;
  for (const std::string& expected : lines) {
    RC_ASSERT(reader.next(line).value_or(false));
    RC_ASSERT(line == expected);
  }
  RC_ASSERT(!reader.next(line).value_or(true));
}

TEST(LineReader, DropsALineBeyondTheLimitAndGoesOn) {
  const std::string text = "before\n" + std::string(kMostLineBytes + 5, 'x') + "\nafter";
  LineReader reader(std::make_unique<Pieces>(text, 1 << 20));
  std::string_view line;
  ASSERT_TRUE(reader.next(line).value_or(false));
  EXPECT_EQ(line, "before");
  ASSERT_TRUE(reader.next(line).value_or(false));
  EXPECT_EQ(line, "after");
  EXPECT_FALSE(reader.next(line).value_or(true));
  EXPECT_EQ(reader.dropped(), 1);
}

TEST(RecordedStream, SkipsAndCountsBrokenLines) {
  const std::string text =
      message(1) + "\n{\"op\":\"mcm\",\"pt\":2,\"mc\":[{\"id\n" + message(3) + "\r\n\n" + message(4);
  RecordedStream stream("test", std::make_unique<Pieces>(text, 100));
  EXPECT_EQ(publish_times(stream), (std::vector<std::int64_t>{1, 3, 4}));
  EXPECT_EQ(stream.counters().messages, 3);
  EXPECT_EQ(stream.counters().bad_lines, 1);
}

TEST(RecordedStream, ReadsGzipOfSeveralMembers) {
  const TemporaryFile file(gzipped(message(1) + "\n") + gzipped(message(2) + "\n"));
  auto stream = RecordedStream::open(file.path);
  ASSERT_TRUE(stream) << stream.error().text();
  EXPECT_EQ(publish_times(**stream), (std::vector<std::int64_t>{1, 2}));
}

TEST(RecordedStream, SaysWhenAGzipFileWasCutShort) {
  const std::string whole = gzipped(message(1) + "\n");
  const TemporaryFile file(whole.substr(0, whole.size() - 12));
  auto stream = RecordedStream::open(file.path);
  ASSERT_TRUE(stream);
  Result<const StreamMessage*> last = nullptr;
  while ((last = (*stream)->next()) && *last) {
  }
  ASSERT_FALSE(last);
  EXPECT_NE(last.error().text().find("cut short"), std::string::npos) << last.error().text();
}

TEST(RecordedStream, NamesTheWayOutForBzip2AndMissingFiles) {
  const TemporaryFile file("BZh91AY&SY");
  const auto stream = RecordedStream::open(file.path);
  ASSERT_FALSE(stream);
  EXPECT_NE(stream.error().text().find("bunzip2 -k"), std::string::npos);
  EXPECT_EQ(RecordedStream::open("/nowhere/at/all").error().code(), Code::not_found);
}

TEST(MergedStream, OrdersByPublishTimeAndThenAsGiven) {
  std::vector<std::unique_ptr<MarketStream>> parts;
  const std::string first = message(1, "1.1") + "\n" + message(5, "1.1");
  const std::string second = message(1, "1.2") + "\n" + message(2, "1.2") + "\n" + message(9, "1.2");
  parts.push_back(std::make_unique<RecordedStream>("a", std::make_unique<Pieces>(first, 64)));
  parts.push_back(std::make_unique<RecordedStream>("b", std::make_unique<Pieces>(second, 64)));
  MergedStream merged(std::move(parts));
  std::string order;
  while (const StreamMessage* each = merged.next().value_or(nullptr)) {
    order += fmt::format("{}@{} ", each->markets[0].market_id, each->publish_time);
  }
  EXPECT_EQ(order, "1.1@1 1.2@1 1.2@2 1.1@5 1.2@9 ");
  EXPECT_EQ(merged.counters().messages, 5);
  EXPECT_EQ(merged.next().value(), nullptr);
}

}  // namespace
}  // namespace steward::betfair
