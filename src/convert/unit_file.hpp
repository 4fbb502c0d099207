#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "convert/foreign_bot.hpp"

namespace steward::convert {

/// One `Key=Value` of a unit, continuation lines joined, specifiers not yet resolved.
struct Directive {
  std::string section, key, value;
  std::string file;  ///< without folders
  int line = 0;
};

/// A service of systemd with its drop-ins, in the order in which they apply.
struct Unit {
  std::string name;  ///< "trading@gold.service"
  std::string path;
  bool of_user = false;  ///< a unit of `systemctl --user`
  std::vector<Directive> directives;

  std::string prefix() const;    ///< "trading"
  std::string instance() const;  ///< "gold", empty for a unit that is none
};

/// The directives of one file (systemd.syntax(7)), appended to `into`. Fails on a line that is none.
Status parse_unit(std::string_view text, const std::string& path, std::vector<Directive>& into);

/// The absolute path of the unit a user names: a path, or a name alone, which is looked for here and then
/// where systemd would find it.
Result<std::string> find_unit(const std::string& given);

/// The unit at `path` and its drop-ins: NAME.service.d/*.conf beside it, and when it lies in a folder of
/// systemd's own those of all such folders. "trading@gold.service" is read from trading@.service when there
/// is no file of its own.
Result<Unit> read_unit(const std::string& path);

/// Resolves %n, %i, %h, … of one value. What cannot be known here stays as it is and is put into `unknown`.
std::string resolve_specifiers(std::string_view value, const Unit& unit, const Machine& machine,
                               std::string& unknown);

}  // namespace steward::convert
