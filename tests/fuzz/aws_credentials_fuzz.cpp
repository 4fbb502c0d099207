// links: steward_objects
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "objects/s3/credential_answers.hpp"

using namespace steward::objects;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto found = parse_credentials(text); found && found->key.access_key.empty()) std::abort();
  static_cast<void>(parse_profile(text, "default"));
  static_cast<void>(is_trusted_endpoint(text));
  return 0;
}
