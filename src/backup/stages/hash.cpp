#include "backup/stages/hash.hpp"

#include <openssl/evp.h>

#include <new>

#include "objects/digest.hpp"

namespace steward::backup {

void Sha256::Free::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
}

void Sha256::update(std::string_view bytes) {
  EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

std::string Sha256::hex() {
  unsigned char digest[32];
  EVP_DigestFinal_ex(context_.get(), digest, nullptr);
  return objects::hex({reinterpret_cast<const char*>(digest), sizeof digest});
}

std::string Sha256::hex_so_far() const {
  Sha256 copy;
  if (EVP_MD_CTX_copy_ex(copy.context_.get(), context_.get()) != 1) throw std::bad_alloc();
  return copy.hex();
}

std::string sha256_hex(std::string_view bytes) {
  return objects::hex(objects::bytes_of(objects::sha256(bytes)));
}

Result<std::string> bytes_of_hex(std::string_view digits) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  if (digits.size() % 2 != 0) return fail(Code::invalid, "expected an even number of hex digits");
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = digit(digits[i]);
    const int low = digit(digits[i + 1]);
    if (high < 0 || low < 0) return fail(Code::invalid, "expected lower-case hex digits");
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

Status HashSink::write(std::string_view bytes) {
  hash_.update(bytes);
  size_ += static_cast<std::int64_t>(bytes.size());
  return next_.write(bytes);
}

Status HashSink::finish() {
  return next_.finish();
}

Result<std::string_view> HashCheckSource::next() {
  if (ended_) return std::string_view{};
  auto piece = from_.next();
  if (!piece) return piece;
  hash_.update(*piece);
  if (!piece->empty()) return piece;
  ended_ = true;
  if (hash_.hex() != expected_) {
    return fail(Code::corrupt, "{} is not what was written: its SHA-256 differs from the manifest's", what_);
  }
  return piece;
}

}  // namespace steward::backup
