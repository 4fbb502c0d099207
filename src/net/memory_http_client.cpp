#include "net/http_client.hpp"

namespace steward::net {

void MemoryHttpClient::send(HttpRequest request, HttpDone done) {
  const std::string& url = request.url.reveal();
  Result<HttpAnswer> answer = fail(Code::unavailable, "{}: nobody listens there", request.place);
  const auto known = answers_.find(url);
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    answer = fail(Code::invalid, "{}: only http:// and https:// addresses are asked", request.place);
  } else if (known != answers_.end() && known->second.status == 0) {
    answer = fail(Code::timeout, "{}: no answer in time", request.place);
  } else if (known != answers_.end() && known->second.body.size() > request.most_bytes) {
    answer = fail(Code::invalid, "{}: the answer is larger than {} bytes", request.place, request.most_bytes);
  } else if (known != answers_.end()) {
    answer = known->second;
  }
  for (const auto& [name, value] : request.headers) {
    if (!is_header(name, value))
      answer = fail(Code::invalid, "{}: a header that cannot be sent", request.place);
  }
  sent_.push_back(std::move(request));
  executor_([done = std::move(done), answer = std::move(answer)]() mutable { done(std::move(answer)); });
}

void MemoryHttpClient::deliver(Mail mail, MailDone done) {
  Result<MailAnswer> answer = mail_answer_;
  if (const Status good = check_mail(mail); !good) answer = std::unexpected(good.error());
  delivered_.push_back(std::move(mail));
  executor_([done = std::move(done), answer = std::move(answer)]() mutable { done(std::move(answer)); });
}

}  // namespace steward::net
