#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <ctime>

#include "net/transfer.hpp"

namespace steward::net {

namespace {

/// The handshake ends well whatever the certificate; libcurl tells afterwards what was wrong with it.
CURLcode look_at_any_certificate(CURL*, void* context, void*) {
  ::SSL_CTX_set_verify(static_cast<SSL_CTX*>(context), SSL_VERIFY_PEER,
                       [](int, X509_STORE_CTX*) { return 1; });
  return CURLE_OK;
}

/// A certificate that is not trusted is looked at all the same: its end is worth knowing. Nothing secret is
/// sent.
void prepare_probe(CURL* easy, const HttpRequest& request) {
  ::curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, request.connect_only ? 1L : 0L);
  ::curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  ::curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  ::curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, look_at_any_certificate);
  ::curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
}

void read_probe(CURL* easy, HttpAnswer& answer) {
  curl_off_t took_us = 0;
  long verified = 0;
  curl_certinfo* chain = nullptr;
  ::curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &took_us);
  ::curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain);
  ::curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verified);
  answer.took_ns = took_us * kMicrosecond;
  for (int i = 0; chain != nullptr && i < chain->num_of_certs; ++i) {
    for (const curl_slist* line = chain->certinfo[i]; line != nullptr; line = line->next) {
      constexpr std::string_view kExpires = "Expire date:";
      const std::string_view text = line->data;
      const std::time_t at =
          text.starts_with(kExpires) ? ::curl_getdate(line->data + kExpires.size(), nullptr) : -1;
      if (at < 0) continue;
      const WallNs expires = std::min<std::int64_t>(at, INT64_MAX / kSecond) * kSecond;
      if (answer.certificate_expires == 0 || expires < answer.certificate_expires)
        answer.certificate_expires = expires;
    }
  }
  if (verified == X509_V_OK) return;
  // "Unspecified" is how curl leaves it when the name alone was wrong.
  answer.certificate_fault =
      verified == X509_V_ERR_UNSPECIFIED ? "it is another host's" : ::X509_verify_cert_error_string(verified);
}

class HttpTransfer final : public Transfer {
 public:
  HttpTransfer(HttpRequest request, HttpDone done) : request_(std::move(request)), done_(std::move(done)) {}

  Status prepare() override;
  std::function<void()> ended(CURLcode code) override { return tell(outcome(code)); }
  std::function<void()> failed(Error error) override { return tell(std::unexpected(std::move(error))); }

 private:
  static std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* user);
  Result<HttpAnswer> outcome(CURLcode code);
  std::function<void()> tell(Result<HttpAnswer> answer) {
    return [done = std::move(done_), answer = std::move(answer)]() mutable { done(std::move(answer)); };
  }

  HttpRequest request_;
  HttpDone done_;
  List headers_;
  HttpAnswer answer_;
  bool too_large_ = false;
};

std::size_t HttpTransfer::take_body(char* bytes, std::size_t, std::size_t size, void* user) {
  auto& self = *static_cast<HttpTransfer*>(user);
  self.too_large_ = self.answer_.body.size() + size > self.request_.most_bytes;
  if (self.too_large_) return 0;  // less than it was given: curl gives up
  self.answer_.body.append(bytes, size);
  return size;
}

Status HttpTransfer::prepare() {
  for (const auto& [name, value] : request_.headers) {
    if (!is_header(name, value))
      return fail(Code::invalid, "{}: the header {} cannot be sent: it holds control characters",
                  request_.place, is_header(name, "") ? name : "with a bad name");
    append(headers_, value.empty() ? name + ";" : name + ": " + value);  // as curl wants an empty one
  }
  append(headers_, "Expect:");  // no question before a body that is small
  make_handle("http,https", request_.timeout_ns, request_.ca_file);
  CURL* easy = this->easy();
  ::curl_easy_setopt(easy, CURLOPT_URL, request_.url.reveal().c_str());
  ::curl_easy_setopt(easy, CURLOPT_USERAGENT, "steward");
  ::curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  if (request_.method != "GET") {
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.c_str());
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
  ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
  ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  if (request_.probe) prepare_probe(easy, request_);
  return {};
}

Result<HttpAnswer> HttpTransfer::outcome(CURLcode code) {
  if (request_.probe && code == CURLE_PEER_FAILED_VERIFICATION) {
    read_probe(easy(), answer_);
    return std::move(answer_);
  }
  if (too_large_)
    return fail(Code::invalid, "{}: the answer is larger than {} bytes", request_.place, request_.most_bytes);
  if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT)
    return fail(Code::invalid, "{}: only http:// and https:// addresses are asked", request_.place);
  if (code != CURLE_OK) return std::unexpected(transfer_error(code, request_.place));
  long status = 0;
  const char* type = nullptr;
  ::curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
  ::curl_easy_getinfo(easy(), CURLINFO_CONTENT_TYPE, &type);
  answer_.status = static_cast<int>(status);
  if (type != nullptr) answer_.content_type = type;
  curl_header* header = nullptr;
  constexpr int kLastAnswer = -1;
  if (::curl_easy_header(easy(), "Retry-After", 0, CURLH_HEADER, kLastAnswer, &header) == CURLHE_OK)
    answer_.retry_after = header->value;
  if (request_.probe) read_probe(easy(), answer_);
  return std::move(answer_);
}

}  // namespace

std::unique_ptr<Transfer> http_transfer(HttpRequest request, HttpDone done) {
  return std::make_unique<HttpTransfer>(std::move(request), std::move(done));
}

}  // namespace steward::net
