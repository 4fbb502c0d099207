#include "keeper/run_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <map>

#include "keeper/journal.hpp"
#include "keeper/run_record.hpp"
#include "os/files.hpp"
#include "os/unix_socket.hpp"

namespace steward::keeper {

namespace {

/// As much as a bot may print while no keeper reads; the kernel takes memory for what is in it only.
constexpr int kPipeSize = 1 << 20;
constexpr std::size_t kMostEnvFile = 1 << 20;
constexpr auto kSame = static_cast<uid_t>(-1);

std::string fifo_of(const std::string& folder) {
  return folder + "/out.fifo";
}

Status give_to_bot(const std::string& path, const BotSpec& spec) {
  if (!spec.uid && !spec.gid) return {};
  if (::chown(path.c_str(), spec.uid.value_or(kSame), spec.gid.value_or(kSame)) == 0) return {};
  return fail_errno(errno, "cannot give " + path + " to the bot's user");
}

Status open_fifo(RunFiles& files) {
  const std::string path = fifo_of(files.folder);
  auto ours = open_file(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
  if (!ours) return std::unexpected(ours.error());
  files.output = std::move(*ours);
  ::fcntl(files.output.get(), F_SETPIPE_SZ,
          kPipeSize);  // refused beyond a user's quota: the pipe is just smaller then
  return {};
}

Status make_record(RunFiles& files) {
  const std::string path = files.folder + "/record";
  auto record = open_file(path, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (!record) return std::unexpected(record.error());
  files.record = std::move(*record);
  const auto blank = format_run_record({});
  if (auto written = write_all(files.record.get(), *blank); !written)
    return fail(written.error(), "{}", path);
  return {};
}

Status make_fifo(RunFiles& files, const BotSpec& spec) {
  const std::string path = fifo_of(files.folder);
  if (::mkfifo(path.c_str(), 0600) != 0) return fail_errno(errno, "cannot make " + path);
  if (auto ok = give_to_bot(path, spec); !ok) return ok;
  if (auto ok = open_fifo(files); !ok) return ok;
  auto theirs = open_file(path, O_RDWR);
  if (!theirs) return std::unexpected(theirs.error());
  files.output_bot = std::move(*theirs);
  return {};
}

Status make_notify(RunFiles& files, const BotSpec& spec) {
  auto socket = bind_unix_datagram(files.notify_path, 0600);
  if (!socket) return std::unexpected(socket.error());
  files.notify = std::move(*socket);
  return give_to_bot(files.notify_path, spec);
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
}

}  // namespace

void remove_run_folder(const std::string& folder) {
  if (const auto names = list_folder(folder)) {
    for (const std::string& name : *names) ::unlink((folder + "/" + name).c_str());
  }
  ::rmdir(folder.c_str());
}

Result<RunFiles> make_run_files(const std::string& folder, const std::string& notify_path,
                                const BotSpec& spec) {
  remove_run_folder(folder);
  if (::mkdir(folder.c_str(), 0755) != 0) return fail_errno(errno, "cannot make the folder " + folder);
  RunFiles files{.folder = folder, .notify_path = notify_path};
  Status done = make_record(files);
  if (done) done = add_segment(folder, 1, spec.uid.value_or(kSame), spec.gid.value_or(kSame));
  if (done) done = make_fifo(files, spec);
  if (done) done = make_notify(files, spec);
  if (done) return files;
  remove_run_folder(folder);
  return std::unexpected(done.error());
}

Result<RunFiles> reopen_run_files(const std::string& folder, const std::string& notify_path,
                                  const BotSpec& spec, Fd notify) {
  RunFiles files{.folder = folder, .notify_path = notify_path};
  auto record = open_file(folder + "/record", O_RDWR);
  if (!record) return std::unexpected(record.error());
  files.record = std::move(*record);
  if (auto ok = open_fifo(files); !ok) return std::unexpected(ok.error());
  files.notify = std::move(notify);
  if (!files.notify) {
    if (auto ok = make_notify(files, spec); !ok) return std::unexpected(ok.error());
  }
  return files;
}

Result<std::vector<std::pair<std::string, std::string>>> parse_env_file(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> found;
  int number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line.starts_with("export ")) line = trimmed(line.substr(7));
    const auto equals = line.find('=');
    const auto name = trimmed(line.substr(0, equals));
    if (equals == std::string_view::npos || name.empty() || line.find('\0') != std::string_view::npos) {
      return fail(Code::invalid, "line {}: expected NAME=VALUE",
                  number);  // the text may be a secret: not shown
    }
    std::string_view value = trimmed(line.substr(equals + 1));
    if (value.size() >= 2 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0]) {
      value = value.substr(1, value.size() - 2);
    }
    found.emplace_back(name, value);
  }
  return found;
}

Result<std::vector<std::string>> bot_environment(const BotSpec& spec, const std::string& run_folder,
                                                 const std::string& gate, const std::string& run,
                                                 const std::string& notify_path) {
  std::map<std::string, std::string> values;
  for (const char* name : {"PATH", "HOME", "USER", "LANG", "TZ"}) {
    if (const char* value = std::getenv(name)) values[name] = value;
  }
  if (!spec.env_file.empty()) {
    const auto text = read_file(spec.env_file, kMostEnvFile);
    if (!text) return fail(text.error(), "cannot read the env_file of {}", spec.name);
    const auto entries = parse_env_file(*text);
    if (!entries) return fail(entries.error(), "{}", spec.env_file);
    for (const auto& [name, value] : *entries) values[name] = value;
  }
  for (const auto& [name, value] : spec.env) values[name] = value;
  values["STEWARD_BOT"] = spec.name;
  values["STEWARD_RUN"] = run;
  values["STEWARD_JOURNAL"] = run_folder + "/journal";
  if (spec.role == Role::bot) values["STEWARD_GATE"] = gate;
  values["NOTIFY_SOCKET"] = notify_path;
  values.erase("WATCHDOG_PID");
  values.erase("WATCHDOG_USEC");
  if (spec.watchdog > 0) values["WATCHDOG_USEC"] = std::to_string(spec.watchdog / kMicrosecond);
  std::vector<std::string> environment;
  environment.reserve(values.size());
  for (const auto& [name, value] : values) environment.push_back(name + "=" + value);
  return environment;
}

}  // namespace steward::keeper
