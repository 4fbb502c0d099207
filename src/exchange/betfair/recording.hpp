#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exchange/betfair/stream_decoder.hpp"

namespace steward::betfair {

/// The bytes of a recording as they come out of its compression, in order.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills at most `size` bytes of `into`; 0 is the end.
  virtual Result<std::size_t> read(char* into, std::size_t size) = 0;
};

/// A file, plain or gzip (also several gzip members in a row); which of the two its first bytes tell. A gzip
/// file that stops in the middle is an error, except that what could be read has been given out.
Result<std::unique_ptr<ByteSource>> open_recording_bytes(const std::string& path);

/// Cuts bytes into lines (ended by LF or CRLF, the last one also by the end), each with kLinePadding readable
/// bytes behind it. A line above kMostLineBytes is dropped and counted.
class LineReader {
 public:
  explicit LineReader(std::unique_ptr<ByteSource> source);
  /// False at the end. `line` stays valid until the next call.
  Result<bool> next(std::string_view& line);
  std::int64_t dropped() const { return dropped_; }
  std::int64_t bytes() const { return bytes_; }

 private:
  Status fill();
  bool cut(std::size_t length, std::size_t with_end, std::string_view& line);

  std::unique_ptr<ByteSource> source_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0, searched_ = 0;
  std::int64_t dropped_ = 0, bytes_ = 0;
  bool at_end_ = false, dropping_ = false;
};

/// One recorded file as a market stream. Empty lines do not count; lines that do not parse are skipped and
/// counted.
class RecordedStream final : public MarketStream {
 public:
  static Result<std::unique_ptr<MarketStream>> open(const std::string& path);
  RecordedStream(std::string name, std::unique_ptr<ByteSource> source);
  Result<const StreamMessage*> next() override;
  StreamCounters counters() const override;

 private:
  std::string name_;
  LineReader lines_;
  StreamDecoder decoder_;
  StreamCounters counters_;
};

/// Several streams as one, by publish time; at the same time, in the order given. Each message is whole.
class MergedStream final : public MarketStream {
 public:
  explicit MergedStream(std::vector<std::unique_ptr<MarketStream>> parts);
  Result<const StreamMessage*> next() override;
  StreamCounters counters() const override;

 private:
  struct Part {
    std::unique_ptr<MarketStream> stream;
    const StreamMessage* head = nullptr;
  };
  Status advance(Part& part);

  std::vector<Part> parts_;
  Part* last_ = nullptr;  ///< whose message is in the caller's hands
  bool started_ = false;
};

}  // namespace steward::betfair
