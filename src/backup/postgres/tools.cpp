#include "backup/postgres/tools.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "backup/postgres/answers.hpp"
#include "os/files.hpp"

extern char** environ;

namespace steward::backup {

namespace {

constexpr std::int64_t kVersionPatience = 20 * kSecond;

std::string text_of(const char* variable) {
  const char* value = ::getenv(variable);
  return value == nullptr ? "" : value;
}

/// In which order versions came: what was before 10 counts two numbers (906), and came before 15.
int rank_of(int major) {
  return major >= 100 ? major : major * 100;
}
int rank(const Tool& tool) {
  return rank_of(tool.major);
}

/// Debian's layout, whose folder says the version.
std::vector<Tool> versioned(const ToolFolders& folders, const std::string& name) {
  std::vector<Tool> tools;
  const auto names = list_folder(folders.versions);
  for (const std::string& folder : names ? *names : std::vector<std::string>{}) {
    const std::string path = folders.versions + "/" + folder + "/bin/" + name;
    const int major = major_of_tool("(PostgreSQL) " + folder);
    if (major > 0 && ::access(path.c_str(), X_OK) == 0) tools.push_back({path, major});
  }
  return tools;
}

int version_of(const std::string& path) {
  std::string line;
  PipedCommand command{.args = {path, "--version"}, .env = tool_environment(), .silence = kVersionPatience};
  command.output = [&](std::string_view bytes) {
    line.append(bytes.substr(0, 200 - std::min<std::size_t>(line.size(), 200)));
    return Status{};
  };
  auto process = PipedProcess::start(std::move(command));
  if (!process) return 0;
  const auto status = (*process)->finish();
  return status && *status == 0 ? major_of_tool(line) : 0;
}

/// The first of that name in PATH, which has to be asked.
std::vector<Tool> in_path(const ToolFolders& folders, const std::string& name) {
  const std::string path = folders.path.empty() ? text_of("PATH") : folders.path;
  std::string_view rest = path;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    const std::string file = std::string(rest.substr(0, end)) + "/" + name;
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (file.starts_with('/') && ::access(file.c_str(), X_OK) == 0) {
      const int major = version_of(file);
      return major > 0 ? std::vector<Tool>{{file, major}} : std::vector<Tool>{};
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> tool_environment() {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!text.starts_with("LC_ALL=") && !text.starts_with("LC_MESSAGES=") && !text.starts_with("PGAPPNAME="))
      out.emplace_back(text);
  }
  out.emplace_back("LC_ALL=C.UTF-8");
  out.emplace_back("PGAPPNAME=steward backup");
  if (text_of("PGCONNECT_TIMEOUT").empty()) out.emplace_back("PGCONNECT_TIMEOUT=15");
  return out;
}

PipedCommand command_of(const Tool& tool, std::vector<std::string> args) {
  PipedCommand command;
  command.args = std::move(args);
  command.args.insert(command.args.begin(), tool.path);
  command.env = tool_environment();
  command.large_blocks = true;
  return command;
}

std::string known_password() {
  return text_of("PGPASSWORD");
}

Result<Tool> find_psql(const ToolFolders& folders) {
  auto tools = versioned(folders, "psql");
  if (tools.empty()) tools = in_path(folders, "psql");
  if (!tools.empty()) return *std::ranges::max_element(tools, {}, rank);
  return fail(
      Code::not_found,
      "psql is not installed, which PostgreSQL's backups need; install the package postgresql-client");
}

Result<Tool> find_tool(const ToolFolders& folders, const std::string& name, int major) {
  auto tools = versioned(folders, name);
  if (std::ranges::find(tools, major, &Tool::major) == tools.end())
    std::ranges::move(in_path(folders, name), std::back_inserter(tools));
  const std::string newest =
      tools.empty() ? "" : major_text(std::ranges::max_element(tools, {}, rank)->major);
  std::erase_if(tools, [&](const Tool& tool) { return rank(tool) < rank_of(major); });
  if (!tools.empty()) return *std::ranges::min_element(tools, {}, rank);
  return fail(Code::not_found,
              "{} of PostgreSQL {} or newer is needed, {}; install the package postgresql-client-{}", name,
              major_text(major), newest.empty() ? "and none is here" : "and the newest here is " + newest,
              major_text(major));
}

}  // namespace steward::backup
