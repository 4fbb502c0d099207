#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "os/event_loop.hpp"
#include "os/fd.hpp"

namespace steward::keeper {

/// The keeper's side of STATE/keeper.sock (docs/formats/plan.md): takes requests, one a line, and writes the
/// answers. Non-blocking and bounded: at most 64 connections (the one that was silent longest goes when
/// another comes), 64 KiB a request, 8 MiB of unread answers. Only root and the keeper's own user are heard.
/// The loop's thread.
class ControlServer {
 public:
  /// The whole answer to one request, its last line `ok` or `error …` included.
  using Handler = std::function<std::string(const std::vector<std::string>& words)>;

  ControlServer(EventLoop& loop, Handler handler) : loop_(loop), handler_(std::move(handler)) {}
  ~ControlServer();

  /// Takes over a listening socket.
  Status listen(Fd listener);
  int listener() const { return listener_.get(); }
  /// Tries once to send what waits, as before an exec.
  void flush();

 private:
  struct Connection {
    Fd fd;
    std::string in, out;
    std::uint64_t last_used = 0;
  };

  void accept();
  bool accept_one();
  void make_room();
  void ready(int fd, std::uint32_t events);
  bool take_input(Connection& connection);
  bool answer_lines(Connection& connection);
  bool send(Connection& connection);
  void drop(int fd);

  EventLoop& loop_;
  Handler handler_;
  Fd listener_;
  std::map<int, std::unique_ptr<Connection>> connections_;
  std::uint64_t uses_ = 0;
};

/// "ok\n", or "error CODE TEXT\n" of a failure.
std::string answer_of(const Status& status);

}  // namespace steward::keeper
