#include "backup/ship/tail.hpp"

#include <zstd.h>

#include <memory>

#include "backup/stages/cipher.hpp"
#include "backup/stages/compress.hpp"
#include "backup/stages/hash.hpp"

namespace steward::backup {

namespace {

constexpr std::string_view kDotTail = ".tail";
constexpr int kLevel = 3;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

/// One frame in one go, on this thread: zstd then takes memory for as many bytes as there are.
Result<std::string> compressed(std::string_view bytes) {
  const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (!context) return fail(Code::unavailable, "zstd: no memory");
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress2(context.get(), out.data(), out.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size) != 0) return fail(Code::internal, "zstd: {}", ZSTD_getErrorName(size));
  out.resize(size);
  return out;
}

/// Binds the encrypted body to the object's name and to the header before it.
std::string context_of(const std::string& key, std::string_view header_line) {
  return key + "\n" + sha256_hex(header_line);
}

struct TextEnd final : ByteSink {
  Status write(std::string_view bytes) override {
    text.append(bytes);
    return {};
  }
  Status finish() override { return {}; }
  std::string text;
};

struct TextBegin final : ByteSource {
  explicit TextBegin(std::string_view bytes) : left(bytes) {}
  Result<std::string_view> next() override { return std::exchange(left, {}); }
  std::string_view left;
};

/// The body, and not a byte more than the header says.
Result<std::string> body_of(const TailHeader& header, std::string_view line, std::string_view packed,
                            const std::string& key, const std::vector<Identity>& identities) {
  TextBegin begin(packed);
  ByteSource* from = &begin;
  Secret data_key;
  std::unique_ptr<ByteSource> decryptor;
  if (header.encrypted()) {
    auto opened = open_key(header.recipients, identities);
    if (!opened) return fail(opened.error(), "{}", key);
    data_key = std::move(*opened);
    decryptor = make_decryptor(data_key, context_of(key, line), begin);
    from = decryptor.get();
  }
  const auto decompressor = make_decompressor(Compression::zstd, *from, header.body_size(), key);
  std::string body;
  while (true) {
    auto piece = decompressor->next();
    if (!piece) return std::unexpected(piece.error());
    if (piece->empty()) return body;
    body.append(*piece);
  }
}

}  // namespace

std::int64_t TailHeader::body_size() const {
  std::int64_t size = 0;
  for (const TailPiece& piece : pieces) size += piece.length;
  return size;
}

std::string host_part(std::string_view host) {
  std::string part(host.substr(0, 200));
  for (char& c : part) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (!plain) c = '_';
  }
  return part.empty() || part == "." || part == ".." ? "_" : part;
}

std::string tail_prefix(std::string_view job, std::string_view host) {
  return fmt::format("{}{}/{}/", job, kDotTail, host_part(host));
}

std::string tail_key(std::string_view job, std::string_view host, std::string_view time) {
  return fmt::format("{}{}{}", tail_prefix(job, host), time, kDotTail);
}

std::string_view time_of_tail(std::string_view key, std::string_view prefix) {
  if (!key.starts_with(prefix) || !key.ends_with(kDotTail)) return {};
  key.remove_prefix(prefix.size());
  const auto time = key.substr(0, key.size() - kDotTail.size());
  return is_time_name(time) ? time : std::string_view{};
}

Result<std::string> format_tail(const TailHeader& header, std::string_view body, const Secret* data_key) {
  std::string object = format_tail_header(header);
  auto packed = compressed(body);
  if (!packed) return packed;
  if (data_key == nullptr) return object.append(*packed);
  TextEnd sealed;
  const auto encryptor =
      make_encryptor(*data_key, context_of(tail_key(header.job, header.host, header.time), object), sealed);
  Status put = encryptor->write(*packed);
  if (put) put = encryptor->finish();
  if (!put) return std::unexpected(put.error());
  return object.append(sealed.text);
}

Result<Tail> parse_tail(std::string_view object, const std::string& key,
                        const std::vector<Identity>& identities) {
  const auto end = object.substr(0, kTailHeader).find('\n');
  if (end == std::string_view::npos)
    return fail(Code::corrupt, "{}: no tail: its first line has no end", key);
  const std::string_view line = object.substr(0, end + 1);
  auto header = parse_tail_header(line);
  if (!header) return fail(header.error(), "{}", key);
  if (tail_key(header->job, header->host, header->time) != key)
    return fail(Code::corrupt, "{} holds {} of {} on {}", key, header->time, header->job, header->host);
  auto body = body_of(*header, line, object.substr(end + 1), key, identities);
  if (!body) return std::unexpected(body.error());
  if (static_cast<std::int64_t>(body->size()) != header->body_size())
    return fail(Code::corrupt, "{}: {} bytes, its header says {}", key, body->size(), header->body_size());
  std::size_t at = 0;
  for (const TailPiece& piece : header->pieces) {
    const auto bytes = std::string_view(*body).substr(at, static_cast<std::size_t>(piece.length));
    at += bytes.size();
    if (piece.kind != PieceKind::gone && sha256_hex(bytes) != piece.sha256)
      return fail(Code::corrupt, "{}: the SHA-256 of {} at {} is another", key, piece.path, piece.offset);
  }
  return Tail{std::move(*header), std::move(*body)};
}

}  // namespace steward::backup
