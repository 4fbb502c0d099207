#include "base/result.hpp"

#include <cerrno>
#include <cstring>

namespace steward {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::invalid:
      return "invalid";
    case Code::not_found:
      return "not_found";
    case Code::denied:
      return "denied";
    case Code::conflict:
      return "conflict";
    case Code::timeout:
      return "timeout";
    case Code::cancelled:
      return "cancelled";
    case Code::unavailable:
      return "unavailable";
    case Code::corrupt:
      return "corrupt";
    case Code::internal:
      return "internal";
  }
  return "internal";
}

Code code_of_name(std::string_view name) {
  for (const Code code : {Code::invalid, Code::not_found, Code::denied, Code::conflict, Code::timeout,
                          Code::cancelled, Code::unavailable, Code::corrupt}) {
    if (code_name(code) == name) return code;
  }
  return Code::internal;
}

std::string Error::text() const {
  std::string all = message_;
  for (const Error* e = cause(); e != nullptr; e = e->cause()) all.append(": ").append(e->message());
  return all;
}

std::unexpected<Error> fail_errno(int error, std::string what) {
  Code code = Code::internal;
  switch (error) {
    case ENOENT:
    case ESRCH:
      code = Code::not_found;
      break;
    case EACCES:
    case EPERM:
      code = Code::denied;
      break;
    case EEXIST:
    case EADDRINUSE:
      code = Code::conflict;
      break;
    case ETIMEDOUT:
      code = Code::timeout;
      break;
    case EAGAIN:
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ECONNREFUSED:
      code = Code::unavailable;
      break;
    case EINVAL:
      code = Code::invalid;
      break;
    default:
      break;
  }
  char buffer[128];
  what.append(": ").append(::strerror_r(error, buffer, sizeof buffer));
  return std::unexpected(Error(code, std::move(what)));
}

}  // namespace steward
