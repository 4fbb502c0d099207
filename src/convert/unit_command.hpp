#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace steward::convert {

/// One command of ExecStart= or its like (systemd.service(5), "Command lines").
struct UnitCommand {
  std::vector<std::string> words;
  bool may_fail = false;  ///< "-"
  bool own_name = false;  ///< "@": the second word was its argv[0]; taken out
  bool literal = false;   ///< ":": no $VARIABLE is expanded
  bool as_root = false;   ///< "+", "!" or "!!"
  bool by_shell = false;  ///< "|"
};

/// The commands of one directive, whose specifiers are resolved: several when ";" stands between them.
Result<std::vector<UnitCommand>> parse_unit_commands(std::string_view value);

using Variables = std::map<std::string, std::string, std::less<>>;

/// What Steward, which expands nothing, runs instead: the words themselves, with "$$" as "$" and variables
/// of `known` put in. When a variable is in neither, `ok` is false.
std::vector<std::string> expanded(const UnitCommand& command, const Variables& known, bool& ok);

/// The command as a shell writes it, which expands what systemd would have.
std::string shell_text(const UnitCommand& command);

}  // namespace steward::convert
