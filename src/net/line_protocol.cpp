#include "net/line_protocol.hpp"

#include <exception>

#include "base/log.hpp"
#include "net/control_socket.hpp"

namespace steward::net {

namespace {

constexpr MonoNs kIdleTime = 60 * kSecond;
constexpr std::size_t kMostPending = 256 * 1024;

std::string answer_to(const std::function<std::string(std::string_view)>& handler, std::string_view line) {
  try {
    return handler(line);
  } catch (const std::exception& failure) {
    log::error("a control request failed: {}", failure.what());
    return control_error(
        Error(Code::internal, "the request could not be carried out; the log of the agent says why"));
  }
}

}  // namespace

LineProtocol::LineProtocol(const std::function<std::string(std::string_view)>& handler, MonoNs now)
    : handler_(handler), deadline_(now + kIdleTime) {}

void LineProtocol::received(std::string_view bytes, MonoNs now) {
  deadline_ = now + kIdleTime;
  if (ending_) return;
  in_ += bytes;
  answer_lines();
}

void LineProtocol::progressed(MonoNs now) {
  deadline_ = now + kIdleTime;
  if (output().empty() && !ending_) answer_lines();
}

void LineProtocol::peer_ended(MonoNs now) {
  deadline_ = now + kIdleTime;
  peer_ended_ = true;
}

Protocol::Wants LineProtocol::wants() const {
  if (gone_ || (peer_ended_ && output().empty())) return Wants::close;
  if (ending_) return Wants::linger;
  return peer_ended_ || output().size() >= kMostPending ? Wants::drain : Wants::more;
}

void LineProtocol::refuse(std::string_view line) {
  out_.append(line).push_back('\n');
  ending_ = true;
}

void LineProtocol::answer_lines() {
  std::size_t begin = 0;
  while (output().size() < kMostPending) {
    const auto end = in_.find('\n', begin);
    if (end == std::string::npos) break;
    if (end - begin > kMostControlRequest) break;
    out_.append(answer_to(handler_, std::string_view(in_).substr(begin, end - begin))).push_back('\n');
    begin = end + 1;
  }
  in_.erase(0, begin);
  if (in_.find('\n') > kMostControlRequest && in_.size() > kMostControlRequest) {
    refuse(control_error(Error(Code::invalid, "a request is at most 64 KiB")));
    in_.clear();
  }
}

}  // namespace steward::net
