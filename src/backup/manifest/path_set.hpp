#pragma once

#include <array>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <string_view>

namespace steward::backup {

/// Which paths were seen, in about 20 bytes for each: it keeps 128-bit hashes under a key of this process, so
/// that nobody can choose two paths that it takes for one, and chance does so once in 10^26 for a million.
class PathSet {
 public:
  void insert(std::string_view path) { hashes_.insert(hash_of(path)); }
  bool contains(std::string_view path) const { return hashes_.contains(hash_of(path)); }

  using Hash = std::array<std::uint64_t, 2>;
  static Hash hash_of(std::string_view path);

 private:
  struct Spread {
    std::size_t operator()(const Hash& hash) const { return hash[0]; }
  };
  boost::unordered_flat_set<Hash, Spread> hashes_;
};

}  // namespace steward::backup
