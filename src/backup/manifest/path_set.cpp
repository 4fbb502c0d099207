#include "backup/manifest/path_set.hpp"

#include <sodium.h>

namespace steward::backup {

PathSet::Hash PathSet::hash_of(std::string_view path) {
  static const auto kKey = [] {
    std::array<unsigned char, crypto_shorthash_siphashx24_KEYBYTES> key{};
    ::randombytes_buf(key.data(), key.size());
    return key;
  }();
  Hash hash{};
  static_assert(sizeof hash == crypto_shorthash_siphashx24_BYTES);
  ::crypto_shorthash_siphashx24(reinterpret_cast<unsigned char*>(hash.data()),
                                reinterpret_cast<const unsigned char*>(path.data()), path.size(),
                                kKey.data());
  return hash;
}

}  // namespace steward::backup
