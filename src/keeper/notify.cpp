#include "keeper/notify.hpp"

namespace steward::keeper {

Result<NotifyMessage> parse_notify(std::string_view datagram) {
  if (datagram.empty()) return fail(Code::invalid, "an empty notify datagram");
  if (datagram.size() > kMostNotify)
    return fail(Code::invalid, "a notify datagram above {} bytes", kMostNotify);
  NotifyMessage message;
  while (!datagram.empty()) {
    const auto end = datagram.find('\n');
    const std::string_view line = datagram.substr(0, end);
    datagram.remove_prefix(end == std::string_view::npos ? datagram.size() : end + 1);
    if (line.empty()) continue;
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return fail(Code::invalid, "a line of a notify datagram that is not KEY=VALUE");
    }
    const std::string_view key = line.substr(0, equals);
    const std::string_view value = line.substr(equals + 1);
    if (key == "READY") message.ready = value == "1";
    if (key == "WATCHDOG") message.watchdog = value == "1";
    if (key == "STOPPING") message.stopping = value == "1";
    if (key == "STATUS") message.status = std::string(value.substr(0, kMostStatus));
  }
  return message;
}

}  // namespace steward::keeper
