#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "net/http_client.hpp"

namespace steward::net {

/// One request or mail under way, and its curl handle. Its address is known to curl: it does not move. Made
/// and destroyed on any thread, used by one at a time.
class Transfer {
 public:
  Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  virtual ~Transfer() = default;

  /// Looks at what was asked and makes the handle; an error when it cannot be sent.
  virtual Status prepare() = 0;
  /// What is told to the user, for the executor, once curl has ended with `code` …
  virtual std::function<void()> ended(CURLcode code) = 0;
  /// … or when it never began.
  virtual std::function<void()> failed(Error error) = 0;

  CURL* easy() const { return easy_.get(); }

 protected:
  /// A handle with what all transfers have in common. `protocols` as CURLOPT_PROTOCOLS_STR takes them.
  void make_handle(const char* protocols, std::int64_t timeout_ns, const std::string& ca_file);

  struct ListDeleter {
    void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, ListDeleter>;
  static void append(List& list, const std::string& text);

 private:
  struct EasyDeleter {
    void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
  };
  std::unique_ptr<CURL, EasyDeleter> easy_;
};

/// The failures that every protocol has; `place` is what the error calls the other side.
Error transfer_error(CURLcode code, std::string_view place);

/// curl_global_init, once.
void initialize_curl();

std::unique_ptr<Transfer> http_transfer(HttpRequest request, HttpDone done);
std::unique_ptr<Transfer> mail_transfer(Mail mail, MailDone done);

}  // namespace steward::net
