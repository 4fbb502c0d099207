#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "os/fd.hpp"

namespace steward {

/// A blocking client of a unix stream socket that speaks in lines, for command-line programs. Every call has
/// a deadline; a line longer than `longest` is Code::corrupt. One thread at a time.
class LineClient {
 public:
  /// Code::unavailable when nobody listens there, Code::timeout when nobody accepts in time. The path may be
  /// longer than the 107 bytes that a socket address holds.
  static Result<LineClient> connect(const std::string& path, std::int64_t timeout_ns,
                                    std::size_t longest = 4 << 20);

  /// Sends `line` and the newline.
  Status send(std::string_view line, std::int64_t timeout_ns);
  /// The next line without its newline. Code::unavailable when the other side closed.
  Result<std::string> receive(std::int64_t timeout_ns);

 private:
  LineClient(Fd fd, std::string path, std::size_t longest)
      : fd_(std::move(fd)), path_(std::move(path)), longest_(longest) {}

  Fd fd_;
  std::string path_;
  std::size_t longest_;
  std::string buffer_;
};

}  // namespace steward
