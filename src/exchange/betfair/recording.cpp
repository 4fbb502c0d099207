#include "exchange/betfair/recording.hpp"

#include <cstring>

namespace steward::betfair {

namespace {
constexpr std::size_t kBlock = 256 << 10;
}

LineReader::LineReader(std::unique_ptr<ByteSource> source)
    : source_(std::move(source)), buffer_(2 * kBlock) {}

Status LineReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_, searched_ -= begin_, begin_ = 0;
  }
  if (buffer_.size() - end_ < kBlock + kLinePadding) buffer_.resize(2 * buffer_.size());
  auto got = source_->read(buffer_.data() + end_, kBlock);
  if (!got) return std::unexpected(std::move(got).error());
  at_end_ = *got == 0;
  end_ += *got;
  bytes_ += static_cast<std::int64_t>(*got);
  std::memset(buffer_.data() + end_, 0, kLinePadding);
  return {};
}

bool LineReader::cut(std::size_t length, std::size_t with_end, std::string_view& line) {
  line = {buffer_.data() + begin_, length};
  if (line.ends_with('\r')) line.remove_suffix(1);
  begin_ = searched_ = begin_ + with_end;
  if (line.size() > kMostLineBytes) dropping_ = true;
  if (!std::exchange(dropping_, false)) return true;
  ++dropped_;
  return false;
}

Result<bool> LineReader::next(std::string_view& line) {
  for (;;) {
    const char* const from = buffer_.data() + searched_;
    if (const void* newline = std::memchr(from, '\n', end_ - searched_)) {
      const auto length =
          static_cast<std::size_t>(static_cast<const char*>(newline) - (buffer_.data() + begin_));
      if (cut(length, length + 1, line)) return true;
      continue;
    }
    searched_ = end_;
    if (at_end_) {
      if (begin_ == end_ && !dropping_) return false;
      if (cut(end_ - begin_, end_ - begin_, line)) return true;
      continue;
    }
    if (end_ - begin_ > kMostLineBytes) begin_ = end_, dropping_ = true;
    if (auto filled = fill(); !filled) return std::unexpected(std::move(filled).error());
  }
}

Result<std::unique_ptr<MarketStream>> RecordedStream::open(const std::string& path) {
  auto source = open_recording_bytes(path);
  if (!source) return std::unexpected(std::move(source).error());
  return std::make_unique<RecordedStream>(path, *std::move(source));
}

RecordedStream::RecordedStream(std::string name, std::unique_ptr<ByteSource> source)
    : name_(std::move(name)), lines_(std::move(source)) {}

Result<const StreamMessage*> RecordedStream::next() {
  std::string_view line;
  for (;;) {
    auto more = lines_.next(line);
    if (!more) return fail(std::move(more).error(), "reading the recording {}", name_);
    if (!*more) return nullptr;
    if (line.empty()) continue;
    auto message = decoder_.decode(line);
    if (message) {
      ++counters_.messages;
      return *message;
    }
    ++counters_.bad_lines;
  }
}

StreamCounters RecordedStream::counters() const {
  StreamCounters counters = counters_;
  counters.bad_lines += lines_.dropped();
  counters.bytes = lines_.bytes();
  return counters;
}

MergedStream::MergedStream(std::vector<std::unique_ptr<MarketStream>> parts) {
  for (auto& part : parts) parts_.push_back({std::move(part), nullptr});
}

Status MergedStream::advance(Part& part) {
  auto message = part.stream->next();
  if (!message) return std::unexpected(std::move(message).error());
  part.head = *message;
  return {};
}

Result<const StreamMessage*> MergedStream::next() {
  for (Part& part : parts_) {
    if (started_ && &part != last_) continue;
    if (auto moved = advance(part); !moved) return std::unexpected(std::move(moved).error());
  }
  started_ = true;
  last_ = nullptr;
  for (Part& part : parts_) {
    if (part.head && (!last_ || part.head->publish_time < last_->head->publish_time)) last_ = &part;
  }
  return last_ ? last_->head : nullptr;
}

StreamCounters MergedStream::counters() const {
  StreamCounters sum;
  for (const Part& part : parts_) {
    const StreamCounters one = part.stream->counters();
    sum.messages += one.messages, sum.bad_lines += one.bad_lines, sum.bytes += one.bytes;
  }
  return sum;
}

}  // namespace steward::betfair
