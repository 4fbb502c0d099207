// links: steward_keeper
// Any datagram a bot may send, and any gate file somebody may write.
#include <cstdint>
#include <cstdlib>

#include "keeper/gate.hpp"
#include "keeper/notify.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace steward;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto message = keeper::parse_notify(text);
  if (message && message->status && message->status->size() > keeper::kMostStatus) std::abort();
  const auto gate = keeper::parse_gate(text);
  if (gate && gate->open && keeper::format_gate(*gate) != text) std::abort();
  return 0;
}
