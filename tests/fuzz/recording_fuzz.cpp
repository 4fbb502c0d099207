// links: steward_alerts
#include <cstdint>
#include <string_view>

#include "alerts/recording.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace steward::alerts;
  auto recording = Recording::parse({reinterpret_cast<const char*>(data), size});
  if (!recording) return 0;
  const auto step = (recording->end() - recording->begin()) / 20 + 1;
  for (auto at = recording->begin(); at <= recording->end(); at += step) {
    recording->play_to(at);
    recording->each_series("x", [](auto, const auto& value) { static_cast<void>(value.as_double()); });
  }
  return 0;
}
