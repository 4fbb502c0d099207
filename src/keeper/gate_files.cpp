#include "keeper/gate_files.hpp"

#include <algorithm>

#include "keeper/layout.hpp"
#include "os/files.hpp"

namespace steward::keeper {

namespace {

Status close_one(const std::string& path, const std::string& reason, WallNs now) {
  bool missing = false;
  const Gate before = load_gate(path, missing);
  if (!before.open && before.epoch != 0) return {};
  return replace_file(path, format_gate({.open = false, .epoch = next_epoch(before, now), .reason = reason}),
                      kGateMode);
}

}  // namespace

std::uint64_t next_epoch(const Gate& gate, WallNs now) {
  return gate.epoch == 0 ? static_cast<std::uint64_t>(now / kSecond) : gate.epoch + 1;
}

Result<std::vector<std::string>> close_gate_files(const std::string& state, const std::string& bot_or_all,
                                                  const std::string& reason, WallNs now) {
  const std::string folder = Layout(state).bots();
  auto names = list_folder(folder);
  if (!names) return std::unexpected(names.error());
  std::erase_if(*names, [&](const std::string& name) {
    return !is_bot_name(name) || (bot_or_all != "*" && name != bot_or_all);
  });
  if (names->empty()) return fail(Code::not_found, "{} has no gate of {}", folder, bot_or_all);
  Status worst;
  for (const std::string& name : *names) {
    BotSpec spec;
    spec.name = name;
    if (auto closed = close_one(Layout(state).gate(spec), reason, now); !closed) worst = closed;
  }
  return worst ? names : Result<std::vector<std::string>>(std::unexpected(worst.error()));
}

}  // namespace steward::keeper
