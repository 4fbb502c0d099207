// links: steward_convert
#include "convert/systemd.hpp"

#include "convert_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace steward::convert;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (!check_foreign(text, "x")) return 0;
  const Machine machine = no_machine();
  Unit unit{.name = "bot@a.service", .path = "/etc/systemd/system/bot@a.service"};
  if (!parse_unit(text, unit.path, unit.directives)) return 0;
  const auto converted = from_units({&unit, 1}, machine);
  if (converted) expect_right(*converted);
  return 0;
}
