#include "keeper/systemd.hpp"

#include <unistd.h>

#include <charconv>
#include <cstdlib>

#include "base/log.hpp"
#include "os/unix_socket.hpp"

namespace steward::keeper {

namespace {
std::int64_t number_of(const char* text) {
  std::int64_t number = 0;
  if (text != nullptr) std::from_chars(text, text + std::string_view(text).size(), number);
  return number;
}
}  // namespace

void tell_manager(std::string_view text) {
  const char* socket = std::getenv("NOTIFY_SOCKET");
  if (socket == nullptr || *socket == '\0') return;
  if (auto sent = send_unix_datagram(socket, text); !sent) log::warning("{}", sent.error().text());
}

MonoNs manager_pat_every() {
  const char* pid = std::getenv("WATCHDOG_PID");
  if (pid != nullptr && number_of(pid) != ::getpid()) return 0;
  const std::int64_t usec = number_of(std::getenv("WATCHDOG_USEC"));
  return usec > 0 ? usec * kMicrosecond / 2 : 0;
}

}  // namespace steward::keeper
