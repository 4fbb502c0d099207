#pragma once

#include <array>
#include <string>
#include <string_view>

namespace steward::objects {

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view bytes);
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);

inline std::string_view bytes_of(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// The 16 bytes of MD5: what S3 takes for ETags. No defence against an attacker.
std::string md5(std::string_view bytes);

std::string hex(std::string_view bytes);
std::string base64(std::string_view bytes);

}  // namespace steward::objects
