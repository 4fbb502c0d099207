#include "backup/stages/cipher.hpp"

#include <sodium.h>

#include <algorithm>

namespace steward::backup {

namespace {

constexpr std::string_view kMagic = "STWDENC1";
constexpr std::size_t kChunk = 1 << 20;
constexpr std::size_t kExtra = crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr std::size_t kHead = 8 + crypto_secretstream_xchacha20poly1305_HEADERBYTES;

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* raw(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

class Encryptor final : public ByteSink {
 public:
  Encryptor(const Secret& key, std::string context, ByteSink& next)
      : context_(std::move(context)), next_(next) {
    std::string header(crypto_secretstream_xchacha20poly1305_HEADERBYTES, '\0');
    crypto_secretstream_xchacha20poly1305_init_push(&state_, raw(header), raw(key.reveal()));
    head_.append(kMagic).append(header);
    chunk_.reserve(kChunk);
  }
  ~Encryptor() override { sodium_memzero(&state_, sizeof state_); }

  Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      // A full chunk waits for more: only the stream's end tells whether it is the last.
      if (chunk_.size() == kChunk) {
        if (auto put = push(0); !put) return put;
      }
      const auto part = bytes.substr(0, kChunk - chunk_.size());
      chunk_.append(part);
      bytes.remove_prefix(part.size());
    }
    return {};
  }

  Status finish() override {
    if (auto put = push(crypto_secretstream_xchacha20poly1305_TAG_FINAL); !put) return put;
    return next_.finish();
  }

 private:
  Status push(unsigned char tag) {
    if (!head_.empty()) {
      if (auto put = next_.write(head_); !put) return put;
      head_.clear();
    }
    sealed_.resize(chunk_.size() + kExtra);
    crypto_secretstream_xchacha20poly1305_push(&state_, raw(sealed_), nullptr, raw(chunk_), chunk_.size(),
                                               raw(context_), context_.size(), tag);
    chunk_.clear();
    return next_.write(sealed_);
  }

  crypto_secretstream_xchacha20poly1305_state state_{};
  std::string context_;
  ByteSink& next_;
  std::string head_, chunk_, sealed_;
};

class Decryptor final : public ByteSource {
 public:
  Decryptor(const Secret& key, std::string context, ByteSource& from)
      : key_(key.reveal()), context_(std::move(context)), from_(from) {}
  ~Decryptor() override { sodium_memzero(&state_, sizeof state_); }

  Result<std::string_view> next() override {
    if (!begun_) {
      if (auto begun = begin(); !begun) return std::unexpected(begun.error());
    }
    while (!final_) {
      if (auto got = fill(kChunk + kExtra); !got) return std::unexpected(got.error());
      if (auto opened = open(); !opened) return std::unexpected(opened.error());
      if (!plain_.empty()) return std::string_view(plain_);
    }
    if (auto got = fill(1); !got) return std::unexpected(got.error());
    if (at_ < have_.size()) return damaged("bytes follow its end");
    return std::string_view{};
  }

 private:
  std::unexpected<Error> damaged(std::string_view why) const {
    return fail(Code::corrupt, "{}: the encrypted archive is damaged or was tampered with: {}", context_,
                why);
  }

  Status begin() {
    if (auto got = fill(kHead); !got) return got;
    const std::string_view head = std::string_view(have_).substr(at_, kHead);
    if (head.size() < kHead || !head.starts_with(kMagic)) return damaged("it does not begin with STWDENC1");
    at_ += kHead;
    begun_ = true;
    if (crypto_secretstream_xchacha20poly1305_init_pull(&state_, raw(head.substr(kMagic.size())),
                                                        raw(key_.reveal())) != 0)
      return damaged("its header is none");
    return {};
  }

  /// Reads until `wanted` bytes are there, or the end.
  Status fill(std::size_t wanted) {
    have_.erase(0, std::exchange(at_, 0));
    while (have_.size() < wanted) {
      auto piece = from_.next();
      if (!piece) return std::unexpected(piece.error());
      if (piece->empty()) break;
      have_.append(*piece);
    }
    return {};
  }

  Status open() {
    const auto sealed = std::string_view(have_).substr(at_, kChunk + kExtra);
    if (sealed.size() < kExtra) return damaged("it was cut");
    plain_.resize(sealed.size() - kExtra);
    unsigned char tag = 0;
    if (crypto_secretstream_xchacha20poly1305_pull(&state_, raw(plain_), nullptr, &tag, raw(sealed),
                                                   sealed.size(), raw(context_), context_.size()) != 0)
      return damaged("a chunk is not authentic");
    at_ += sealed.size();
    final_ = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    return {};
  }

  Secret key_;
  crypto_secretstream_xchacha20poly1305_state state_{};
  std::string context_;
  ByteSource& from_;
  std::string have_, plain_;
  std::size_t at_ = 0;
  bool begun_ = false;
  bool final_ = false;
};

}  // namespace

std::unique_ptr<ByteSink> make_encryptor(const Secret& data_key, std::string context, ByteSink& next) {
  return std::make_unique<Encryptor>(data_key, std::move(context), next);
}

std::unique_ptr<ByteSource> make_decryptor(const Secret& data_key, std::string context, ByteSource& from) {
  return std::make_unique<Decryptor>(data_key, std::move(context), from);
}

}  // namespace steward::backup
