#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>

#include "exchange/betfair/recording.hpp"
#include "os/files.hpp"

namespace steward::betfair {

namespace {
Result<std::size_t> read_some(int fd, char* into, std::size_t size) {
  for (;;) {
    const ssize_t got = ::read(fd, into, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return fail_errno(errno, "read");
  }
}

class PlainBytes final : public ByteSource {
 public:
  explicit PlainBytes(Fd file) : file_(std::move(file)) {}
  Result<std::size_t> read(char* into, std::size_t size) override {
    return read_some(file_.get(), into, size);
  }

 private:
  Fd file_;
};

class GzipBytes final : public ByteSource {
 public:
  explicit GzipBytes(Fd file) : file_(std::move(file)) {}
  ~GzipBytes() override { inflateEnd(&stream_); }
  GzipBytes(const GzipBytes&) = delete;
  GzipBytes& operator=(const GzipBytes&) = delete;

  Status start() {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) return fail(Code::internal, "zlib could not be started");
    return {};
  }

  Result<std::size_t> read(char* into, std::size_t size) override {
    stream_.next_out = reinterpret_cast<Bytef*>(into);
    stream_.avail_out = static_cast<uInt>(size);
    while (stream_.avail_out == size) {
      if (stream_.avail_in == 0) {
        auto got = read_some(file_.get(), input_, sizeof input_);
        if (!got) return got;
        if (*got == 0) break;
        stream_.next_in = reinterpret_cast<Bytef*>(input_);
        stream_.avail_in = static_cast<uInt>(*got);
      }
      if (auto done = step(); !done) return std::unexpected(std::move(done).error());
    }
    const std::size_t given = size - stream_.avail_out;
    if (given == 0 && inside_)
      return fail(Code::corrupt, "the gzip file ends in the middle; it was cut short");
    return given;
  }

 private:
  Status step() {
    if (!inside_) inflateReset(&stream_), inside_ = true;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
      inside_ = false;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      return fail(Code::corrupt, "the gzip data is damaged ({})", stream_.msg ? stream_.msg : "unknown");
    }
    return {};
  }

  Fd file_;
  z_stream stream_{};
  char input_[64 << 10];
  bool inside_ = false;  ///< in a member that has not ended
};
}  // namespace

Result<std::unique_ptr<ByteSource>> open_recording_bytes(const std::string& path) {
  auto file = open_file(path, O_RDONLY);
  if (!file) return std::unexpected(std::move(file).error());
  unsigned char magic[3] = {};
  const ssize_t got = ::pread(file->get(), magic, sizeof magic, 0);
  if (got < 0 && errno != ESPIPE) return fail_errno(errno, fmt::format("{}: read", path));
  if (got >= 2 && magic[0] == 0x1f && magic[1] == 0x8b) {
    auto gzip = std::make_unique<GzipBytes>(*std::move(file));
    if (auto started = gzip->start(); !started) return std::unexpected(std::move(started).error());
    return gzip;
  }
  if (got == 3 && std::memcmp(magic, "BZh", 3) == 0) {
    return fail(Code::invalid, "{}: bzip2 recordings are not read; unpack it first: bunzip2 -k {}", path,
                path);
  }
  return std::make_unique<PlainBytes>(*std::move(file));
}

}  // namespace steward::betfair
