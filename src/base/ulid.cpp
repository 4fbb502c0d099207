#include "base/ulid.hpp"

#include <algorithm>
#include <cstdint>

namespace steward {

namespace {
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
}

std::string make_ulid(WallNs now, Random& random) {
  std::string id(26, '0');
  auto milliseconds = static_cast<std::uint64_t>(now / kMillisecond);
  for (std::size_t i = 10; i-- > 0; milliseconds >>= 5) id[i] = kAlphabet[milliseconds & 31];
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t bits = random.next();
    for (std::size_t i = 0; i < 8; ++i, bits >>= 5) id[10 + half * 8 + i] = kAlphabet[bits & 31];
  }
  return id;
}

bool is_ulid(std::string_view text) {
  return text.size() == 26 && text[0] <= '7' &&
         std::ranges::all_of(text, [](char c) { return kAlphabet.find(c) != std::string_view::npos; });
}

}  // namespace steward
