#include "keeper/gate_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "keeper/layout.hpp"
#include "os/files.hpp"

namespace steward::keeper {

namespace {

constexpr mode_t kGateMode = 0644;

Status close_one(const std::string& path, const std::string& reason, WallNs now) {
  bool missing = false;
  const Gate before = load_gate(path, missing);
  if (!before.open && before.epoch != 0) return {};
  return write_gate(path, {.open = false, .epoch = next_epoch(before, now), .reason = reason});
}

Status overwrite(const std::string& path, const std::string& text) {
  auto file = open_file(path, O_WRONLY);
  if (!file) return std::unexpected(file.error());
  if (auto written = write_all(file->get(), text); !written) return written;
  if (::ftruncate(file->get(), static_cast<off_t>(text.size())) != 0 || ::fsync(file->get()) != 0)
    return fail_errno(errno, "cannot write " + path);
  return {};
}

}  // namespace

Status write_gate(const std::string& path, const Gate& gate) {
  const std::string text = format_gate(gate);
  const Status replaced = replace_file(path, text, kGateMode);
  if (replaced || gate.open) return replaced;
  return overwrite(path, text) ? Status{} : replaced;
}

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
