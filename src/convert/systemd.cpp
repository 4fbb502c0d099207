#include "convert/systemd.hpp"

#include "convert/systemd_rules.hpp"
#include "convert/unit_reader.hpp"

namespace steward::convert {

Result<Converted> from_units(std::span<const Unit> units, const Machine& machine) {
  std::vector<std::string> names;
  for (const Unit& unit : units) names.push_back(unit.name);
  Converted out;
  for (const Unit& unit : units) {
    auto bot = UnitReader(unit, names, machine).read();
    if (!bot) return std::unexpected(bot.error());
    out.bots.push_back(std::move(*bot));
  }
  add_before(units, out);
  return out;
}

}  // namespace steward::convert
