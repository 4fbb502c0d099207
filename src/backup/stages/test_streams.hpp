#pragma once

#include <cstdint>
#include <string>

#include "backup/stages/bytes.hpp"
#include "base/random.hpp"

namespace steward::backup {

/// For tests: a stream's end in memory, its begin from memory, and what is between.
struct TextSink final : ByteSink {
  Status write(std::string_view bytes) override {
    text.append(bytes);
    return {};
  }
  Status finish() override {
    finished = true;
    return {};
  }
  std::string text;
  bool finished = false;
};

class TextSource final : public ByteSource {
 public:
  TextSource(std::string text, std::size_t piece) : text_(std::move(text)), piece_(piece) {}
  Result<std::string_view> next() override {
    const auto piece = std::string_view(text_).substr(at_, piece_);
    at_ += piece.size();
    return piece;
  }

 private:
  std::string text_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

inline Result<std::string> drained(ByteSource& source) {
  std::string all;
  while (true) {
    auto piece = source.next();
    if (!piece) return std::unexpected(piece.error());
    if (piece->empty()) return all;
    all.append(*piece);
  }
}

/// Bytes that do not compress; the same each time.
inline std::string noise(std::size_t size, std::uint64_t seed = 1) {
  SeededRandom random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random.next());
  return bytes;
}

}  // namespace steward::backup
