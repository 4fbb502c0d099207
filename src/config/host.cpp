#include "config/host.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "config/settings.hpp"
#include "os/files.hpp"

namespace steward::config {

namespace {

std::vector<gid_t> groups_of(const std::string& name, gid_t primary) {
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  while (::getgrouplist(name.c_str(), primary, groups.data(), &count) < 0 && count <= 65'536) {
    groups.resize(static_cast<std::size_t>(count = std::max(count, 2 * static_cast<int>(groups.size()))));
  }
  groups.resize(std::min(groups.size(), static_cast<std::size_t>(count)));
  std::erase(groups, primary);
  return groups;
}

bool is_folder(const std::string& path) {
  struct ::stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool is_program(const std::string& path) {
  struct ::stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 0111) != 0;
}

void check_user(const Settings& settings, const Bot& bot, Problems& problems) {
  if (bot.user.empty()) return;
  const auto account = find_account(bot.user);
  if (!account) {
    problems.push_back({settings.file, bot.user_line, account.error().message()});
  } else if (::geteuid() != 0 && account->uid != ::geteuid()) {
    problems.push_back(
        {settings.file, bot.user_line,
         fmt::format("only root may run {} as another user; run steward as root or take this line out",
                     bot.name())});
  }
}

void check_files(const Settings& settings, const Bot& bot, Problems& problems) {
  if (!is_folder(bot.spec.working_dir)) {
    problems.push_back(
        {settings.file, bot.working_dir_line,
         fmt::format("working_dir {} is not a folder; make it, or mend the path", bot.spec.working_dir)});
  }
  if (!bot.spec.env_file.empty() && !exists(bot.spec.env_file)) {
    problems.push_back(
        {settings.file, bot.env_file_line,
         fmt::format("env_file {} does not exist; make it, or mend the path", bot.spec.env_file)});
  }
  const auto own =
      std::ranges::find(bot.spec.env, "PATH", [](const auto& variable) { return variable.first; });
  const char* inherited = std::getenv("PATH");
  const std::string search = own != bot.spec.env.end() ? own->second
                             : inherited != nullptr    ? inherited
                                                       : "/usr/local/bin:/usr/bin:/bin";
  if (!program_exists(bot.spec.args[0], bot.spec.working_dir, search)) {
    const bool in_path = bot.spec.args[0].find('/') == std::string::npos;
    problems.push_back({settings.file, bot.command_line,
                        fmt::format("the program {} of {} was not found {}", bot.spec.args[0], bot.name(),
                                    in_path ? "in PATH (" + search + ")" : "or is not executable"),
                        true});
  }
}

void check_channels(const Settings& settings, Problems& problems) {
  const std::string& env_file = settings.alert_targets.env_file;
  if (!env_file.empty() && !exists(env_file))
    problems.push_back({settings.file, 0,
                        fmt::format("env_file {} of [alert] does not exist; make it, or mend "
                                    "the path",
                                    env_file)});
  for (const AlertChannel& channel : settings.alert_targets.channels) {
    const auto say = [&](int line, std::string_view fault, bool warning) {
      problems.push_back({settings.file, line, fmt::format("{}: {}", channel.name, fault), warning});
    };
    for (const SecretPlace* place : secrets_of(channel)) {
      bool serious = false;
      const std::string fault = place->file.empty() ? "" : secret_file_fault(place->file, serious);
      if (!fault.empty()) say(place->line, fault, !serious);
      // What `steward check` has in its environment says little of what the agent will have: a warning only.
      const auto value = serious ? Result<Secret>(Secret()) : read_secret(*place, env_file);
      if (!value) say(place->line, value.error().text(), place->file.empty());
    }
    if (!channel.ca_file.empty() && !exists(channel.ca_file))
      say(channel.line, fmt::format("ca_file {} does not exist", channel.ca_file), false);
  }
}

}  // namespace

Result<Account> find_account(const std::string& name) {
  std::vector<char> buffer(16'384);
  struct ::passwd entry{};
  struct ::passwd* found = nullptr;
  int error = 0;
  while ((error = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found)) == ERANGE &&
         buffer.size() < (1 << 20)) {
    buffer.resize(buffer.size() * 2);
  }
  if (found == nullptr) {
    return fail(
        Code::not_found,
        "there is no user \"{}\" on this machine; make one with `adduser --system {}`, or name another", name,
        name);
  }
  return Account{entry.pw_uid, entry.pw_gid, groups_of(name, entry.pw_gid), entry.pw_name, entry.pw_dir};
}

bool zone_exists(std::string_view name) {
  if (name == "UTC") return true;
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  };
  if (name.empty() || name.size() > 64 || name[0] == '/' || !std::ranges::all_of(name, good)) return false;
  const auto file = open_file("/usr/share/zoneinfo/" + std::string(name), 0);
  char magic[4] = {};
  return file && ::read(file->get(), magic, sizeof magic) == 4 && std::string_view(magic, 4) == "TZif";
}

bool program_exists(const std::string& program, const std::string& folder, std::string_view search) {
  if (program.starts_with('/')) return is_program(program);
  if (program.find('/') != std::string::npos) return is_program(folder + "/" + program);
  while (true) {
    const auto colon = search.find(':');
    const std::string part(search.substr(0, colon));
    if (is_program((part.empty() ? folder : part) + "/" + program)) return true;
    if (colon == std::string_view::npos) return false;
    search.remove_prefix(colon + 1);
  }
}

Problems check_host(const Settings& settings) {
  Problems problems;
  if (!zone_exists(settings.timezone)) {
    const bool have_zones = exists("/usr/share/zoneinfo/Europe/London");
    problems.push_back(
        {settings.file, settings.timezone_line,
         fmt::format("there is no time zone \"{}\" on this machine; {}", settings.timezone,
                     have_zones ? "write one of /usr/share/zoneinfo, such as \"Europe/London\" or \"UTC\""
                                : "install the package tzdata, or write \"UTC\"")});
  }
  for (const Bot& bot : settings.bots) {
    check_user(settings, bot, problems);
    check_files(settings, bot, problems);
  }
  check_channels(settings, problems);
  sort_by_line(problems);
  return problems;
}

}  // namespace steward::config
