#include "objects/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace steward::objects {

namespace {

void digest(std::string_view bytes, const EVP_MD* kind, unsigned char* out) {
  // Fails only when OpenSSL was built without the algorithm or there is no memory.
  if (::EVP_Digest(bytes.data(), bytes.size(), out, nullptr, kind, nullptr) != 1)
    throw std::runtime_error("OpenSSL cannot make a digest");
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  Sha256 out;
  digest(bytes, ::EVP_sha256(), out.data());
  return out;
}

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
  Sha256 out;
  if (::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data(),
             nullptr) == nullptr)
    throw std::runtime_error("OpenSSL cannot make an HMAC");
  return out;
}

std::string md5(std::string_view bytes) {
  std::string out(16, '\0');
  digest(bytes, ::EVP_md5(), reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // OpenSSL ends it with a NUL
  const int length =
      ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace steward::objects
