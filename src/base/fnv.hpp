#pragma once

#include <cstdint>
#include <string_view>

namespace steward {

/// FNV-1a, 64 bits (Fowler, Noll, Vo): tells torn or changed text from whole; no defence against an attacker.
constexpr std::uint64_t fnv1a64(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace steward
