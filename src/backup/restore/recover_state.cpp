#include "backup/restore/recover_state.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "journal/layout.hpp"
#include "keeper/run_record.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

constexpr mode_t kPass = 0711, kOpen = 0755;
constexpr std::string_view kElsewhere = "restored";  // a boot that no machine is in

Status set_mode(const std::string& path, mode_t mode) {
  if (::chmod(path.c_str(), mode) == 0 || errno == ENOENT) return {};
  return fail_errno(errno, "cannot set the mode of " + path);
}

/// From the state folder up to `to`.
Status open_the_way(const std::string& to, const std::string& state) {
  for (std::string path = state; path.size() > to.size() && to != "/"; path = parent_of(path)) {
    if (auto set = set_mode(path, kPass); !set) return set;
  }
  return {};
}

Status unless_missing(const Error& error) {
  return error.code() == Code::not_found ? Status{} : std::unexpected(error);
}

Status forget_process(const std::string& run_folder) {
  const std::string path = run_folder + "/record";
  if (!exists(path)) return {};  // the keeper's own runs have none
  const auto bytes = read_file(path, keeper::kRunRecordSize);
  if (!bytes && bytes.error().code() == Code::invalid) return {};  // the keeper says what is wrong with it
  if (!bytes) return std::unexpected(bytes.error());
  auto record = keeper::parse_run_record(*bytes);
  if (!record || record->boot_id.empty()) return {};  // the keeper says what is wrong with it
  record->boot_id = kElsewhere;
  const auto text = keeper::format_run_record(*record);
  return text ? replace_file(path, *text) : std::unexpected(text.error());
}

Status forget_processes(const std::string& runs) {
  const auto names = list_folder(runs);
  if (!names) return unless_missing(names.error());
  for (const std::string& name : *names) {
    if (auto done = forget_process(runs + "/" + name); !done) return done;
  }
  return {};
}

}  // namespace

Status make_target(const std::string& to) {
  if (exists(to)) return {};
  if (auto made = make_folders(to, kPass); !made) return made;
  return set_mode(to, kPass);
}

Status settle_state(const std::string& to, const std::string& state) {
  if (!exists(state)) return {};
  if (auto opened = open_the_way(to, state); !opened) return opened;
  Status done = set_mode(state, kPass);
  if (done) done = set_mode(state + "/bots", kOpen);
  const auto bots = list_folder(state + "/bots");
  for (const std::string& bot : bots ? *bots : std::vector<std::string>{}) {
    if (done) done = set_mode(state + "/bots/" + bot, kOpen);
  }
  return done ? forget_all_processes(state) : done;
}

Status forget_all_processes(const std::string& state) {
  Status done = forget_processes(state + "/" + journal::runs_folder(journal::kAgent));
  const auto bots = list_folder(state + "/bots");
  if (done && !bots) done = unless_missing(bots.error());
  for (const std::string& bot : bots ? *bots : std::vector<std::string>{}) {
    if (done) done = forget_processes(state + "/" + journal::runs_folder(bot));
  }
  return done;
}

}  // namespace steward::backup
