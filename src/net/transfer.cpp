#include "net/transfer.hpp"

#include <algorithm>
#include <mutex>

namespace steward::net {

void initialize_curl() {
  static std::once_flag once;
  std::call_once(once, [] { ::curl_global_init(CURL_GLOBAL_DEFAULT); });
}

void Transfer::make_handle(const char* protocols, std::int64_t timeout_ns, const std::string& ca_file) {
  initialize_curl();
  easy_.reset(::curl_easy_init());
  CURL* easy = easy_.get();
  ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols);
  ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // A name look-up that is out of time is left to end by itself: curl would wait for it, and with it
  // everybody else whom this thread serves.
  ::curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  ::curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  ::curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  ::curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  ::curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!ca_file.empty()) ::curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file.c_str());
  ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(std::max<std::int64_t>(1, timeout_ns / kMillisecond)));
}

void Transfer::append(List& list, const std::string& text) {
  curl_slist* longer = ::curl_slist_append(list.get(), text.c_str());
  if (longer == nullptr) return;  // no memory: what is missing makes the request fail
  static_cast<void>(list.release());
  list.reset(longer);
}

Error transfer_error(CURLcode code, std::string_view place) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return {Code::timeout, fmt::format("{}: no answer in time", place)};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {Code::denied, fmt::format("{}: its certificate is not trusted here; name the file of a private "
                                        "authority's certificate in ca_file, or mend the server's",
                                        place)};
    case CURLE_SSL_CACERT_BADFILE:
      return {Code::denied, fmt::format("{}: the certificates in ca_file cannot be read", place)};
    default:
      return {Code::unavailable, fmt::format("{}: {}", place, ::curl_easy_strerror(code))};
  }
}

}  // namespace steward::net
