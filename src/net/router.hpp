#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "net/http_message.hpp"

namespace steward::net {

/// Finds a request's handler by its exact path and method. HEAD is answered by the handler of GET; a path
/// without that method gets 405 with Allow, a path nobody knows 404.
class Router {
 public:
  using Handler = std::function<Response(const Request&)>;

  Router& get(std::string path, Handler handler) { return on("GET", std::move(path), std::move(handler)); }
  Router& on(std::string method, std::string path, Handler handler);
  Response operator()(const Request& request) const;

 private:
  std::map<std::string, std::map<std::string, Handler, std::less<>>, std::less<>>
      paths_;  // path → method → handler
};

}  // namespace steward::net
