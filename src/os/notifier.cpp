#include "os/notifier.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/clock.hpp"

namespace steward {

namespace {
std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view(value);
}

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : 0;
}
}  // namespace

Notifier Notifier::from_environment() {
  std::int64_t watchdog = number(environment("WATCHDOG_USEC"));
  const std::string_view pid = environment("WATCHDOG_PID");
  if (watchdog < 0 || watchdog > INT64_MAX / kMicrosecond || (!pid.empty() && number(pid) != ::getpid()))
    watchdog = 0;
  return Notifier(std::string(environment("NOTIFY_SOCKET")), watchdog * kMicrosecond);
}

Notifier::Notifier(std::string address, std::int64_t watchdog_ns)
    : address_(std::move(address)), watchdog_ns_(watchdog_ns) {
  const bool usable = address_.size() > 1 && address_.size() < sizeof(sockaddr_un::sun_path) &&
                      (address_[0] == '/' || address_[0] == '@');
  if (!usable) address_.clear();
  if (usable) socket_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

void Notifier::status(std::string_view text) {
  std::string line = "STATUS=";
  for (const char c : text.substr(0, 1000)) line += c == '\n' ? ' ' : c;
  send(line);
}

void Notifier::send(std::string_view lines) {
  if (!socket_) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  ::sendto(socket_.get(), lines.data(), lines.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&to), length);
}

}  // namespace steward
