#pragma once

#include <fmt/core.h>

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace steward {

/// The closed set of what can go wrong; callers branch on these and on nothing else.
enum class Code { invalid, not_found, denied, conflict, timeout, cancelled, unavailable, corrupt, internal };

/// The code's name as people and JSON see it, e.g. "not_found".
std::string_view code_name(Code code);

/// The code of that name; Code::internal for a name that is none.
Code code_of_name(std::string_view name);

/// A failure as a value: a code for the caller, one sentence for a person (where, what was expected, how to
/// mend it), and what caused it. Cheap to move; immutable.
class [[nodiscard]] Error {
 public:
  Error(Code code, std::string message) : code_(code), message_(std::move(message)) {}
  Error(Code code, std::string message, Error cause)
      : code_(code), message_(std::move(message)), cause_(std::make_shared<const Error>(std::move(cause))) {}

  Code code() const { return code_; }
  const std::string& message() const { return message_; }
  const Error* cause() const { return cause_.get(); }

  /// The whole chain, "message: cause: cause".
  std::string text() const;

 private:
  Code code_;
  std::string message_;
  std::shared_ptr<const Error> cause_;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

/// `return fail(Code::invalid, "{}:{}: expected a duration", file, line);`
template <class... Args>
std::unexpected<Error> fail(Code code, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error(code, fmt::format(format, std::forward<Args>(args)...)));
}

/// Adds context to a failure of the layer below, keeping its code.
template <class... Args>
std::unexpected<Error> fail(Error cause, fmt::format_string<Args...> format, Args&&... args) {
  const Code code = cause.code();
  return std::unexpected(Error(code, fmt::format(format, std::forward<Args>(args)...), std::move(cause)));
}

/// The failure of a system call, with errno's words; ENOENT, EACCES/EPERM, EEXIST, ETIMEDOUT, EAGAIN and
/// ENOSPC keep their meaning in the code.
std::unexpected<Error> fail_errno(int error, std::string what);

}  // namespace steward
