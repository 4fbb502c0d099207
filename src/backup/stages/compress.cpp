#include "backup/stages/compress.hpp"

#include <zlib.h>
#include <zstd.h>

#include <new>
#include <vector>

namespace steward::backup {

namespace {

constexpr std::size_t kBlock = 256 << 10;
constexpr int kZstdLevel = 3;
// Small jobs keep the memory low: of 2 MiB each, an encrypted backup of what cannot be compressed takes 77
// MiB on its way to S3, of these 61. They cost time, 9 % here; of 512 KiB, which the two threads wait for,
// half.
constexpr int kZstdJob = 768 << 10;
constexpr int kGzipLevel = 6;
constexpr int kWindowLog = 23;
constexpr int kGzipWindow = 15 + 16;  // zlib's way to say gzip

class ZstdSink final : public ByteSink {
 public:
  ZstdSink(ByteSink& next, int threads) : context_(ZSTD_createCCtx()), out_(kBlock), next_(next) {
    if (!context_) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kZstdLevel);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_nbWorkers, threads);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_jobSize, kZstdJob);
  }
  Status write(std::string_view bytes) override { return run(bytes, ZSTD_e_continue); }
  Status finish() override {
    if (auto ended = run({}, ZSTD_e_end); !ended) return ended;
    return next_.finish();
  }

 private:
  Status run(std::string_view bytes, ZSTD_EndDirective how) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    while (true) {
      ZSTD_outBuffer out{out_.data(), out_.size(), 0};
      const std::size_t left = ZSTD_compressStream2(context_.get(), &out, &in, how);
      if (ZSTD_isError(left) != 0) return fail(Code::internal, "zstd: {}", ZSTD_getErrorName(left));
      if (out.pos > 0) {
        if (auto put = next_.write({out_.data(), out.pos}); !put) return put;
      }
      if (how == ZSTD_e_end ? left == 0 : in.pos == in.size) return {};
    }
  }

  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context_;
  std::vector<char> out_;
  ByteSink& next_;
};

class GzipSink final : public ByteSink {
 public:
  explicit GzipSink(ByteSink& next) : out_(kBlock), next_(next) {
    if (::deflateInit2(&stream_, kGzipLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~GzipSink() override { ::deflateEnd(&stream_); }
  Status write(std::string_view bytes) override { return run(bytes, Z_NO_FLUSH); }
  Status finish() override {
    if (auto ended = run({}, Z_FINISH); !ended) return ended;
    return next_.finish();
  }

 private:
  Status run(std::string_view bytes, int how) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      ::deflate(&stream_, how);
      const std::size_t made = out_.size() - stream_.avail_out;
      if (made == 0) break;
      if (auto put = next_.write({out_.data(), made}); !put) return put;
    } while (stream_.avail_out == 0);
    return {};
  }

  z_stream stream_{};
  std::vector<char> out_;
  ByteSink& next_;
};

/// What both ways back share: pieces in, at most `limit` bytes out, one whole stream and nothing behind it.
class Decompressor : public ByteSource {
 public:
  Decompressor(ByteSource& from, std::int64_t limit, std::string what, std::size_t kept)
      : blocks_(kept), from_(from), left_(limit), what_(std::move(what)) {}

  Result<std::string_view> next() override {
    if (whole_) return ended();
    at_ = (at_ + 1) % blocks_.size();
    blocks_[at_].resize(kBlock);
    while (!whole_) {
      if (in_.empty() && !out_full_) {
        if (auto got = fetch("it was cut"); !got) return std::unexpected(got.error());
      }
      auto made = step(blocks_[at_]);
      if (!made) return std::unexpected(made.error());
      out_full_ = *made == kBlock;
      left_ -= static_cast<std::int64_t>(*made);
      if (left_ < 0) return damaged("it grows beyond the size that its manifest states");
      if (*made > 0) return std::string_view(blocks_[at_].data(), *made);
    }
    return ended();
  }

 protected:
  std::unexpected<Error> damaged(std::string_view why) const {
    return fail(Code::corrupt, "{}: the compressed archive is damaged: {}", what_, why);
  }
  /// Turns some of in_ into `out`; sets whole_ at the stream's end.
  virtual Result<std::size_t> step(std::vector<char>& out) = 0;

  std::string_view in_;
  bool whole_ = false;

 private:
  Status fetch(std::string_view at_the_end) {
    auto piece = from_.next();
    if (!piece) return std::unexpected(piece.error());
    if (piece->empty()) return damaged(at_the_end);
    in_ = *piece;
    return {};
  }

  Result<std::string_view> ended() {
    if (!in_.empty()) return damaged("bytes follow its end");
    auto rest = from_.next();
    if (!rest) return rest;
    if (!rest->empty()) return damaged("bytes follow its end");
    return std::string_view{};
  }

  std::vector<std::vector<char>> blocks_;  // taken in turn
  std::size_t at_ = 0;
  ByteSource& from_;
  std::int64_t left_;
  std::string what_;
  bool out_full_ = false;
};

class ZstdSource final : public Decompressor {
 public:
  ZstdSource(ByteSource& from, std::int64_t limit, std::string what, std::size_t kept)
      : Decompressor(from, limit, std::move(what), kept), context_(ZSTD_createDCtx()) {
    if (!context_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kWindowLog);
  }

 private:
  Result<std::size_t> step(std::vector<char>& out) override {
    ZSTD_inBuffer in{in_.data(), in_.size(), 0};
    ZSTD_outBuffer made{out.data(), out.size(), 0};
    const std::size_t left = ZSTD_decompressStream(context_.get(), &made, &in);
    if (ZSTD_isError(left) != 0) return damaged(ZSTD_getErrorName(left));
    in_.remove_prefix(in.pos);
    whole_ = left == 0;
    return made.pos;
  }

  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_;
};

class GzipSource final : public Decompressor {
 public:
  GzipSource(ByteSource& from, std::int64_t limit, std::string what, std::size_t kept)
      : Decompressor(from, limit, std::move(what), kept) {
    if (::inflateInit2(&stream_, kGzipWindow) != Z_OK) throw std::bad_alloc();
  }
  ~GzipSource() override { ::inflateEnd(&stream_); }

 private:
  Result<std::size_t> step(std::vector<char>& out) override {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in_.data()));
    stream_.avail_in = static_cast<uInt>(in_.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int result = ::inflate(&stream_, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
      return damaged(stream_.msg == nullptr ? "no gzip" : stream_.msg);
    in_.remove_prefix(in_.size() - stream_.avail_in);
    whole_ = result == Z_STREAM_END;
    return out.size() - stream_.avail_out;
  }

  z_stream stream_{};
};

}  // namespace

std::string_view suffix_of(Compression compression) {
  return compression == Compression::zstd ? ".zst" : ".gz";
}

std::unique_ptr<ByteSink> make_compressor(Compression compression, ByteSink& next, int threads) {
  if (compression == Compression::gzip) return std::make_unique<GzipSink>(next);
  return std::make_unique<ZstdSink>(next, threads);
}

std::unique_ptr<ByteSource> make_decompressor(Compression compression, ByteSource& from, std::int64_t limit,
                                              std::string what, std::size_t kept) {
  if (compression == Compression::gzip)
    return std::make_unique<GzipSource>(from, limit, std::move(what), kept);
  return std::make_unique<ZstdSource>(from, limit, std::move(what), kept);
}

}  // namespace steward::backup
