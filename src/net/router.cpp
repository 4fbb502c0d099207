#include "net/router.hpp"

#include <fmt/format.h>

namespace steward::net {

Router& Router::on(std::string method, std::string path, Handler handler) {
  paths_[std::move(path)][std::move(method)] = std::move(handler);
  return *this;
}

Response Router::operator()(const Request& request) const {
  const auto methods = paths_.find(request.path);
  if (methods == paths_.end()) {
    return Response::error(404, fmt::format("there is nothing at {}; try /dashboard, /health or /metrics",
                                            request.path.substr(0, 200)));
  }
  const auto handler =
      methods->second.find(request.method == "HEAD" ? std::string_view("GET") : request.method);
  if (handler != methods->second.end()) return handler->second(request);
  std::string allow;
  for (const auto& [method, unused] : methods->second) {
    allow += allow.empty() ? method : ", " + method;
    if (method == "GET") allow += ", HEAD";
  }
  Response response = Response::error(405, fmt::format("{} takes {}", request.path, allow));
  response.headers.emplace_back("Allow", allow);
  return response;
}

}  // namespace steward::net
