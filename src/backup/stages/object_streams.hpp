#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "backup/stages/bytes.hpp"
#include "objects/object_reader.hpp"

namespace steward::backup {

/// An object of the store as a stream. The last `kept` pieces stay valid.
class ObjectSource final : public ByteSource {
 public:
  explicit ObjectSource(objects::ObjectReader reader, std::stop_token stop = {}, std::size_t kept = 1)
      : reader_(std::move(reader)), stop_(std::move(stop)), pieces_(kept) {}
  objects::ObjectReader& reader() { return reader_; }
  Result<std::string_view> next() override {
    if (stop_.stop_requested()) return fail(Code::cancelled, "stopped");
    auto piece = reader_.next();
    if (!piece) return std::unexpected(piece.error());
    at_ = (at_ + 1) % pieces_.size();
    pieces_[at_] = std::move(*piece);
    return std::string_view(pieces_[at_]);
  }

 private:
  objects::ObjectReader reader_;
  std::stop_token stop_;
  std::vector<std::string> pieces_;
  std::size_t at_ = 0;
};

/// A stream that becomes an object of the store.
class ObjectSink final : public ByteSink {
 public:
  explicit ObjectSink(std::unique_ptr<objects::ObjectWriter> writer) : writer(std::move(writer)) {}
  Status write(std::string_view bytes) override { return writer->write(bytes); }
  Status finish() override {
    auto info = writer->finish();
    if (!info) return std::unexpected(info.error());
    stored = info->size;
    return {};
  }
  std::unique_ptr<objects::ObjectWriter> writer;
  std::int64_t stored = -1;
};

}  // namespace steward::backup
