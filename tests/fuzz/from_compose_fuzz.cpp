// links: steward_convert
#include "convert/compose.hpp"

#include "convert_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace steward::convert;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (!check_foreign(text, "x")) return 0;
  const Machine machine = no_machine();
  const auto converted = from_compose(text, "/srv/compose.yml", machine);
  if (converted) expect_right(*converted);
  return 0;
}
