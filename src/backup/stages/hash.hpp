#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "backup/stages/bytes.hpp"

struct evp_md_ctx_st;

namespace steward::backup {

/// SHA-256 of a stream; 64 lower-case hex digits, as sha256sum prints them. One thread.
class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  /// Of all bytes so far; called once.
  std::string hex();
  /// The same, and more may follow.
  std::string hex_so_far() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string sha256_hex(std::string_view bytes);
/// The bytes of an even number of lower-case hex digits.
Result<std::string> bytes_of_hex(std::string_view digits);

/// Passes a stream on and remembers its hash and length.
class HashSink final : public ByteSink {
 public:
  explicit HashSink(ByteSink& next) : next_(next) {}
  Status write(std::string_view bytes) override;
  Status finish() override;
  std::string hex() { return hash_.hex(); }
  std::int64_t size() const { return size_; }

 private:
  ByteSink& next_;
  Sha256 hash_;
  std::int64_t size_ = 0;
};

/// Passes a stream on; at its end the hash must be the one that was promised, else Code::corrupt naming
/// `what`.
class HashCheckSource final : public ByteSource {
 public:
  HashCheckSource(ByteSource& from, std::string expected, std::string what)
      : from_(from), expected_(std::move(expected)), what_(std::move(what)) {}
  Result<std::string_view> next() override;

 private:
  ByteSource& from_;
  std::string expected_;
  std::string what_;
  Sha256 hash_;
  bool ended_ = false;
};

}  // namespace steward::backup
