// Where configuration comes from.
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>

#include "config/settings.hpp"
#include "config/table_reader.hpp"
#include "os/files.hpp"

namespace steward::config {

namespace {

constexpr const char* kHere = "steward.toml";
constexpr const char* kSystem = "/etc/steward/steward.toml";

}  // namespace

Result<std::string> absolute_path(const std::string& path) {
  if (path.starts_with('/')) return path;
  char folder[PATH_MAX];
  if (::getcwd(folder, sizeof folder) == nullptr)
    return fail_errno(errno, "the current folder cannot be told");
  return absolute_from(std::string(folder) + "/x", path);
}

Result<Settings> check_text(std::string_view text, const std::string& file, Problems* warnings, Check check) {
  Parsed parsed = parse(text, file);
  if (!any_error(parsed.problems)) {
    for (const Check ask : {Check(check_host), check}) {
      const Problems found = ask == nullptr ? Problems{} : ask(parsed.settings);
      parsed.problems.insert(parsed.problems.end(), found.begin(), found.end());
    }
  }
  if (any_error(parsed.problems)) return fail(Code::invalid, "{}", error_sentences(parsed.problems));
  if (warnings != nullptr) warnings->insert(warnings->end(), parsed.problems.begin(), parsed.problems.end());
  if (parsed.settings.state.empty()) parsed.settings.state = default_state();
  return std::move(parsed.settings);
}

Result<Settings> load(const std::string& path, const std::string& file, Problems* warnings) {
  const auto text = read_file(path, kLargestFile);
  if (!text) return fail(text.error(), "no configuration from {}", path);
  return check_text(*text, file, warnings);
}

Result<std::string> find_config(const std::string& given) {
  if (!given.empty()) {
    if (!exists(given))
      return fail(Code::not_found,
                  "there is no configuration file {}; `steward init {}` writes one to start from", given,
                  given);
    return absolute_path(given);
  }
  if (exists(kHere)) return absolute_path(kHere);
  if (exists(kSystem)) return std::string(kSystem);
  return fail(Code::not_found,
              "there is no configuration: neither ./{} nor {} exists; `steward init` writes one to start "
              "from, --config FILE names another",
              kHere, kSystem);
}

std::string default_state() {
  if (::geteuid() == 0) return "/var/lib/steward";
  if (const char* folder = std::getenv("XDG_STATE_HOME"); folder != nullptr && folder[0] == '/')
    return std::string(folder) + "/steward";
  const char* home = std::getenv("HOME");
  return home != nullptr && home[0] == '/' ? std::string(home) + "/.local/state/steward"
                                           : "/var/tmp/steward-" + std::to_string(::geteuid());
}

}  // namespace steward::config
