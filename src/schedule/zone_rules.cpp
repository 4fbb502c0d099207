#include "schedule/zone_rules.hpp"

#include <exception>

namespace steward::schedule {

Result<const date::time_zone*> zone_rules(const std::string& zone) {
  try {
    return date::locate_zone(zone);
  } catch (const std::exception&) {
    return fail(Code::invalid,
                "the time zone \"{}\" is not known here; names look like \"Europe/London\" (package tzdata)",
                zone);
  }
}

}  // namespace steward::schedule
