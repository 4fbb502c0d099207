#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "net/http_client.hpp"

namespace steward::net {

namespace {

constexpr std::size_t kMostTransfers = 256;

struct EasyDeleter {
  void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

struct MultiDeleter {
  void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
};

struct ListDeleter {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};

void initialize_curl() {
  static std::once_flag once;
  std::call_once(once, [] { ::curl_global_init(CURL_GLOBAL_DEFAULT); });
}

/// One request under way. Its address is known to curl: it does not move.
struct Transfer {
  HttpGet request;
  HttpDone done;
  Easy easy;
  std::unique_ptr<curl_slist, ListDeleter> headers;
  HttpAnswer answer;
  bool too_large = false;
};

std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.too_large = transfer.answer.body.size() + size > transfer.request.most_bytes;
  if (transfer.too_large) return 0;  // less than it was given: curl gives up
  transfer.answer.body.append(bytes, size);
  return size;
}

/// A certificate that is not trusted does not end the handshake, so that it can be looked at: its end is
/// worth knowing. curl itself gives up afterwards, before anything is sent.
CURLcode look_at_any_certificate(CURL*, void* context, void*) {
  ::SSL_CTX_set_verify(static_cast<SSL_CTX*>(context), SSL_VERIFY_PEER,
                       [](int, X509_STORE_CTX*) { return 1; });
  return CURLE_OK;
}

void prepare_probe(CURL* easy, const HttpGet& request) {
  ::curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, request.connect_only ? 1L : 0L);
  ::curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  ::curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  ::curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, look_at_any_certificate);
  ::curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
  if (!request.ca_file.empty()) ::curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
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

void prepare(Transfer& transfer) {
  initialize_curl();
  transfer.easy.reset(::curl_easy_init());
  CURL* easy = transfer.easy.get();
  transfer.headers.reset(::curl_slist_append(nullptr, ("Accept: " + transfer.request.accept).c_str()));
  ::curl_easy_setopt(easy, CURLOPT_URL, transfer.request.url.c_str());
  ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
  ::curl_easy_setopt(easy, CURLOPT_USERAGENT, "steward");
  ::curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  ::curl_easy_setopt(
      easy, CURLOPT_TIMEOUT_MS,
      static_cast<long>(std::max<std::int64_t>(1, transfer.request.timeout_ns / kMillisecond)));
  ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  ::curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  if (transfer.request.probe) prepare_probe(easy, transfer.request);
}

Result<HttpAnswer> outcome(Transfer& transfer, CURLcode code) {
  const std::string& url = transfer.request.url;
  if (transfer.too_large)
    return fail(Code::invalid, "{}: the answer is larger than {} bytes", url, transfer.request.most_bytes);
  if (transfer.request.probe && code == CURLE_PEER_FAILED_VERIFICATION) {
    read_probe(transfer.easy.get(), transfer.answer);
    return std::move(transfer.answer);
  }
  switch (code) {
    case CURLE_OK:
      break;
    case CURLE_OPERATION_TIMEDOUT:
      return fail(Code::timeout, "{}: no answer in time", url);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
      return fail(Code::invalid, "{}: only http:// and https:// addresses are asked", url);
    default:
      return fail(Code::unavailable, "{}: {}", url, ::curl_easy_strerror(code));
  }
  long status = 0;
  const char* type = nullptr;
  ::curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  ::curl_easy_getinfo(transfer.easy.get(), CURLINFO_CONTENT_TYPE, &type);
  transfer.answer.status = static_cast<int>(status);
  if (type != nullptr) transfer.answer.content_type = type;
  if (transfer.request.probe) read_probe(transfer.easy.get(), transfer.answer);
  return std::move(transfer.answer);
}

/// The thread owns everything below multi_; the mutex guards what get() hands over.
class CurlClient final : public HttpClient {
 public:
  explicit CurlClient(Executor executor) : executor_(std::move(executor)) {}

  ~CurlClient() override {
    if (!thread_.joinable()) return;
    stopping_ = true;
    ::curl_multi_wakeup(multi_.get());
    thread_.join();
  }

  void get(HttpGet request, HttpDone done) override {
    if (under_way_ >= kMostTransfers) {
      Result<HttpAnswer> answer =
          fail(Code::unavailable, "{}: {} requests are under way already", request.url, kMostTransfers);
      executor_([done = std::move(done), answer = std::move(answer)]() mutable { done(std::move(answer)); });
      return;
    }
    ++under_way_;
    auto transfer = std::make_unique<Transfer>();
    transfer->request = std::move(request);
    transfer->done = std::move(done);
    {
      const std::scoped_lock lock(mutex_);
      waiting_.push_back(std::move(transfer));
    }
    if (!thread_.joinable()) start();
    ::curl_multi_wakeup(multi_.get());
  }

 private:
  void start() {
    initialize_curl();
    multi_.reset(::curl_multi_init());
    thread_ = std::thread([this] { run(); });
  }

  void run() {
    constexpr int kLongestWait = 10'000;  // ms; wakeup() ends it sooner
    while (!stopping_) {
      take_waiting();
      int running = 0;
      ::curl_multi_perform(multi_.get(), &running);
      finish_ended();
      ::curl_multi_poll(multi_.get(), nullptr, 0, kLongestWait, nullptr);
    }
    for (auto& [easy, transfer] : running_) ::curl_multi_remove_handle(multi_.get(), easy);
  }

  void take_waiting() {
    std::vector<std::unique_ptr<Transfer>> fresh;
    {
      const std::scoped_lock lock(mutex_);
      fresh.swap(waiting_);
    }
    for (auto& transfer : fresh) {
      prepare(*transfer);
      CURL* easy = transfer->easy.get();
      ::curl_multi_add_handle(multi_.get(), easy);
      running_.emplace(easy, std::move(transfer));
    }
  }

  void finish_ended() {
    int left = 0;
    while (const CURLMsg* message = ::curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      auto ended = running_.extract(message->easy_handle);
      ::curl_multi_remove_handle(multi_.get(), ended.key());
      auto answer = outcome(*ended.mapped(), code);
      --under_way_;
      executor_([done = std::move(ended.mapped()->done), answer = std::move(answer)]() mutable {
        done(std::move(answer));
      });
    }
  }

  Executor executor_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Transfer>> waiting_;
  std::atomic<std::size_t> under_way_ = 0;
  std::atomic<bool> stopping_ = false;
  std::unique_ptr<CURLM, MultiDeleter> multi_;
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> running_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<HttpClient> make_curl_client(Executor executor) {
  return std::make_unique<CurlClient>(std::move(executor));
}

Result<HttpAnswer> http_get(const HttpGet& request) {
  Transfer transfer;
  transfer.request = request;
  prepare(transfer);
  const CURLcode code = ::curl_easy_perform(transfer.easy.get());
  return outcome(transfer, code);
}

}  // namespace steward::net
