// links: steward_net
// Whatever a time server, or somebody in its place, may send.
#include <cstdint>
#include <cstdlib>

#include "net/sntp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace steward;
  constexpr WallNs kSent = 1'795'357'505 * kSecond;
  std::uint64_t nonce = 0;
  for (std::size_t i = 24; i < 32 && i < size; ++i) nonce = nonce << 8 | data[i];
  const auto answer = net::parse_sntp({data, size}, nonce, kSent, kSent + kMillisecond);
  constexpr std::int64_t kMost = 70LL * 366 * 24 * 3600 * kSecond;  // an era's half
  if (answer && (answer->delay_ns < 0 || answer->offset_ns > kMost || answer->offset_ns < -kMost))
    std::abort();
  if (answer && answer->kiss.size() > 7) std::abort();
  return 0;
}
