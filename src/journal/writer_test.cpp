#include "journal/writer.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "journal/decoder.hpp"
#include "os/files.hpp"

namespace steward::journal {
namespace {

class WriterTest : public testing::Test {
 public:
  WriterTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "steward-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/journal";
  }
  ~WriterTest() override { std::filesystem::remove_all(folder_); }
  std::string content() { return *read_file(path_, 1 << 20); }

  std::string folder_, path_;
  ManualClock clock_;
};

TEST_F(WriterTest, appends_whole_lines_that_the_decoder_reads) {
  Writer writer(path_, clock_);
  ASSERT_TRUE(writer.write(add_order(writer.event("order.intent"), {.customer_order_ref = "r1",
                                                                    .market_id = "1.2",
                                                                    .selection_id = 7,
                                                                    .side = "LAY",
                                                                    .price = 350,
                                                                    .size = 205,
                                                                    .simulated = true})));
  std::string line = content();
  ASSERT_EQ(line.back(), '\n');
  line.pop_back();
  const std::size_t size = line.size();
  line.resize(size + Decoder::kPadding);
  Decoder decoder;
  const Event* event = decoder.decode({line.data(), size});
  ASSERT_NE(event, nullptr) << decoder.reason();
  EXPECT_EQ(event->t, clock_.wall());
  EXPECT_EQ(event->number(Field::price), 350);
  EXPECT_EQ(event->number(Field::size), 205);
  EXPECT_EQ(event->text(Field::side), "LAY");
  EXPECT_FALSE(event->has(Field::bet_id));
}

TEST_F(WriterTest, ends_a_torn_line_before_its_first) {
  std::ofstream(path_) << R"({"type":"no)";
  Writer writer(path_, clock_);
  ASSERT_TRUE(writer.write(writer.event("note", 5).field("text", "x")));
  EXPECT_EQ(content(), "{\"type\":\"no\n{\"t\":5,\"type\":\"note\",\"text\":\"x\"}\n");
}

TEST_F(WriterTest, follows_the_link_to_the_next_segment_within_five_seconds) {
  std::filesystem::create_symlink("one", path_);
  Writer writer(path_, clock_);
  ASSERT_TRUE(writer.write(writer.event("note", 1).field("text", "a")));
  std::filesystem::remove(path_);
  std::filesystem::create_symlink("two", path_);
  ASSERT_TRUE(writer.write(writer.event("note", 2).field("text", "b")));
  EXPECT_FALSE(exists(folder_ + "/two"));
  clock_.advance(Writer::kReopen);
  ASSERT_TRUE(writer.write(writer.event("note", 3).field("text", "c")));
  EXPECT_EQ(*read_file(folder_ + "/two", 1000), "{\"t\":3,\"type\":\"note\",\"text\":\"c\"}\n");
}

TEST_F(WriterTest, a_failure_is_returned_and_counted) {
  Writer writer(folder_ + "/nowhere/journal", clock_);
  EXPECT_FALSE(writer.write(writer.event("note").field("text", "x")).has_value());
  EXPECT_FALSE(writer.write(writer.event("note").field("text", std::string(70'000, 'x'))).has_value());
  EXPECT_EQ(writer.lost(), 2);
}

}  // namespace
}  // namespace steward::journal
