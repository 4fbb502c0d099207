#include "cli/terminal.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "cli/command.hpp"
#include "os/files.hpp"

namespace steward::cli {

namespace {

/// What became of standard output.
Status printed;

/// Of standard error: who cannot be reached there cannot be told so either.
void put(std::string_view text) {
  static_cast<void>(write_all(STDERR_FILENO, text));
}

}  // namespace

void hold_standard_descriptors() {
  int fd = -1;
  do {
    fd = ::open("/dev/null", O_RDONLY);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) ::close(fd);
}

int told(int status) {
  if (printed || status != kDone) return status;
  return give_up(Error(printed.error().code(), "standard output is not complete: " + printed.error().text()));
}

bool colours() {
  const char* refused = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  const bool dumb = kind == nullptr || std::string_view(kind) == "dumb";
  return ::isatty(STDOUT_FILENO) == 1 && (refused == nullptr || *refused == '\0') && !dumb;
}

bool progress_is_seen() {
  return ::isatty(STDERR_FILENO) == 1;
}

int terminal_width() {
  constexpr int kUsual = 80;
  struct ::winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

void print(std::string_view text) {
  if (auto put = write_all(STDOUT_FILENO, text); !put) printed = put;
}

int complain(const Error& error) {
  std::string text = error.text();
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
    text.insert(at + 1, "steward: ");
  put("steward: " + text + "\n");
  return error.code() == Code::unavailable ? kAway : kFailed;
}

int give_up(const Error& error) {
  static_cast<void>(complain(error));
  return kFailed;
}

void remark(std::string_view sentence) {
  put("steward: " + std::string(sentence) + "\n");
}

std::string own_path() {
  char path[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  std::string out(path, length > 0 ? static_cast<std::size_t>(length) : 0);
  constexpr std::string_view kReplaced = " (deleted)";
  if (out.ends_with(kReplaced)) out.resize(out.size() - kReplaced.size());
  return out;
}

std::string own_user() {
  if (const char* behind = std::getenv("SUDO_USER"); behind != nullptr && *behind != '\0') return behind;
  char buffer[4096];
  struct ::passwd entry{};
  struct ::passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr)
    return entry.pw_name;
  return "uid " + std::to_string(::geteuid());
}

void Progress::show(std::string_view text) {
  if (!progress_is_seen()) return;
  put("\r\x1b[K" + std::string(text));
  drawn_ = true;
}

void Progress::clear() {
  if (drawn_) put("\r\x1b[K");
  drawn_ = false;
}

}  // namespace steward::cli
