#include "backup/stages/worker_source.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <atomic>

#include "backup/stages/test_streams.hpp"

namespace steward::backup {
namespace {

constexpr std::size_t kKept = 3;

/// Numbers as text, `count` of them, then the end or a failure. Keeps no piece longer than it has to, and
/// tells when it is asked for more than its reader leaves room for.
class Numbers final : public ByteSource {
 public:
  explicit Numbers(int count, bool fails = false) : count_(count), fails_(fails) {}
  Result<std::string_view> next() override {
    too_far = too_far || given - let_go >= static_cast<int>(kKept);
    if (given == count_ && fails_) return fail(Code::corrupt, "broken at {}", count_);
    if (given == count_) return std::string_view{};
    std::string& piece = pieces_.at(static_cast<std::size_t>(given) % kKept);
    piece.assign(piece.size(), '!');
    piece = fmt::format("{} ", given++);
    return std::string_view(piece);
  }

  std::atomic<int> given = 0;
  std::atomic<int> let_go = 0;  // by the reader
  std::atomic<bool> too_far = false;

 private:
  int count_;
  bool fails_;
  std::array<std::string, kKept> pieces_;
};

RC_GTEST_PROP(WorkerSource, GivesEveryPieceInOrderAndKeepsTheReadersOwn, ()) {
  const int count = *rc::gen::inRange(0, 300);
  Numbers numbers(count);
  WorkerSource source(numbers, kKept);
  for (int i = 0; i < count; ++i) {
    const auto piece = source.next();
    RC_ASSERT(piece.has_value());
    RC_ASSERT(*piece == fmt::format("{} ", i));
    ++numbers.let_go;  // with the next call
  }
  RC_ASSERT(source.next().value().empty());
  RC_ASSERT(source.next().value().empty());
  RC_ASSERT(!numbers.too_far);
}

TEST(WorkerSource, AFailureComesInItsPlaceAndStays) {
  Numbers numbers(20, true);
  WorkerSource source(numbers, kKept);
  for (int i = 0; i < 20; ++i, ++numbers.let_go) ASSERT_EQ(source.next().value(), fmt::format("{} ", i));
  for (int i = 0; i < 2; ++i) {
    const auto piece = source.next();
    ASSERT_FALSE(piece);
    EXPECT_EQ(piece.error().code(), Code::corrupt);
    EXPECT_EQ(piece.error().message(), "broken at 20");
  }
}

TEST(WorkerSource, EndsAtAnyPlaceWithoutHavingBeenRead) {
  for (int read = 0; read < 10; ++read) {
    Numbers numbers(1'000'000);
    {
      WorkerSource source(numbers, kKept);
      for (int i = 0; i < read; ++i, ++numbers.let_go) ASSERT_TRUE(source.next());
    }
    EXPECT_LE(numbers.given, read + static_cast<int>(kKept));
    EXPECT_FALSE(numbers.too_far);
  }
}

}  // namespace
}  // namespace steward::backup
