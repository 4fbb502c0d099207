// links: steward_objects
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "objects/s3/answers.hpp"

using namespace steward::objects;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view xml(reinterpret_cast<const char*>(data), size);
  static_cast<void>(parse_fault(xml));
  if (const auto id = parse_created(xml); id && id->empty()) std::abort();
  static_cast<void>(parse_completed(xml));
  if (const auto listing = parse_listing(xml)) {
    for (const auto& object : listing->objects) {
      if (object.key.empty() || object.size < 0) std::abort();
    }
  }
  if (const auto uploads = parse_uploads(xml)) {
    for (const auto& upload : uploads->uploads) {
      if (upload.key.empty() || upload.id.empty()) std::abort();
    }
  }
  static_cast<void>(parse_parts(xml));
  return 0;
}
