#include "config/secrets.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

#include "keeper/run_files.hpp"
#include "os/files.hpp"

namespace steward::config {

namespace {

constexpr std::size_t kMostSecretBytes = 4096;
constexpr std::size_t kMostEnvironment = 1 << 20;

std::optional<std::string> in_env_file(const std::string& path, const std::string& name) {
  const auto text = path.empty() ? Result<std::string>("") : read_file(path, kMostEnvironment);
  const auto entries = text ? keeper::parse_env_file(*text) : std::unexpected(text.error());
  if (!entries) return std::nullopt;
  const auto found = std::ranges::find(*entries, name, [](const auto& entry) { return entry.first; });
  if (found == entries->end()) return std::nullopt;
  return found->second;
}

/// The entries NAME=VALUE of the process that started us which begin with `prefix`.
std::vector<std::string> environment_of_parent(std::string_view prefix) {
  const auto text = read_file(fmt::format("/proc/{}/environ", ::getppid()), kMostEnvironment);
  std::vector<std::string> found;
  for (std::string_view rest = text ? std::string_view(*text) : std::string_view(); !rest.empty();) {
    const std::string_view entry = rest.substr(0, rest.find('\0'));
    if (entry.starts_with(prefix)) found.emplace_back(entry);
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
  }
  return found;
}

std::optional<std::string> in_environment_of_parent(const std::string& name) {
  const auto entries = environment_of_parent(name + "=");
  if (entries.empty()) return std::nullopt;
  return entries.front().substr(name.size() + 1);
}

std::optional<std::string> variable(const std::string& name, const std::string& env_file) {
  if (auto value = in_env_file(env_file, name)) return value;
  if (const char* value = std::getenv(name.c_str())) return value;
  return in_environment_of_parent(name);
}

Result<Secret> checked(std::string text, const std::string& from) {
  while (!text.empty() && std::string_view(" \t\r\n").contains(text.back())) text.pop_back();
  if (text.empty()) return fail(Code::invalid, "{} is empty; write the secret there", from);
  if (text.size() > kMostSecretBytes ||
      std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    return fail(Code::invalid, "{} holds more than one line of text; it must hold the secret alone", from);
  return Secret(std::move(text));
}

}  // namespace

Result<Secret> read_secret(const SecretPlace& place, const std::string& env_file) {
  if (!place.file.empty()) {
    struct ::stat info{};
    if (::stat(place.file.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
      return fail(Code::invalid, "{} is no file; a secret is read from one",
                  place.file);  // a pipe would block
    auto text = read_file(place.file, 2 * kMostSecretBytes);
    if (!text) return fail(text.error(), "the secret cannot be read");
    return checked(std::move(*text), place.file);
  }
  auto value = variable(place.variable, env_file);
  if (!value)
    return fail(
        Code::not_found,
        "the environment variable {} is not set; set it in [alert] env_file, or where `steward up` is "
        "started",
        place.variable);
  return checked(std::move(*value), "the environment variable " + place.variable);
}

void adopt_variables_of_parent(std::string_view prefix) {
  for (const std::string& entry : environment_of_parent(prefix)) {
    const auto equals = entry.find('=');
    if (equals != std::string::npos) ::setenv(entry.substr(0, equals).c_str(), entry.c_str() + equals + 1, 0);
  }
}

std::string secret_file_fault(const std::string& file, bool& serious) {
  struct ::stat info{};
  serious = true;
  if (::stat(file.c_str(), &info) != 0)
    return fmt::format(
        "there is no file {}; make it with the secret in it, readable for Steward's user alone", file);
  if (::access(file.c_str(), R_OK) != 0) return fmt::format("{} cannot be read by this user", file);
  serious = false;
  if (S_ISREG(info.st_mode) && (info.st_mode & (S_IRWXO)) != 0)
    return fmt::format("every user of this machine can read {}; `chmod 600 {}` mends it", file, file);
  return {};
}

}  // namespace steward::config
