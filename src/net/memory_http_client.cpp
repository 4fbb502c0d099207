#include "net/http_client.hpp"

namespace steward::net {

void MemoryHttpClient::get(HttpGet request, HttpDone done) {
  Result<HttpAnswer> answer = fail(Code::unavailable, "{}: nobody listens there", request.url);
  const auto known = answers_.find(request.url);
  if (!request.url.starts_with("http://") && !request.url.starts_with("https://")) {
    answer = fail(Code::invalid, "{}: only http:// and https:// addresses are asked", request.url);
  } else if (known != answers_.end() && known->second.status == 0) {
    answer = fail(Code::timeout, "{}: no answer in time", request.url);
  } else if (known != answers_.end() && known->second.body.size() > request.most_bytes) {
    answer = fail(Code::invalid, "{}: the answer is larger than {} bytes", request.url, request.most_bytes);
  } else if (known != answers_.end()) {
    answer = known->second;
  }
  executor_([done = std::move(done), answer = std::move(answer)]() mutable { done(std::move(answer)); });
}

}  // namespace steward::net
