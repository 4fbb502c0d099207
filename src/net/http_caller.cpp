#include "net/http_caller.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>

#include "net/transfer.hpp"

namespace steward::net {

namespace {

constexpr std::size_t kMostHeadBytes = 64 << 10;
constexpr std::size_t kMostIdle = 16;
constexpr std::int64_t kConnectNs = 10 * kSecond;

struct EasyDeleter {
  void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

struct ListDeleter {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListDeleter>;

/// The answer as it comes in.
struct Incoming {
  const HttpCall& call;
  HttpReply reply;
  std::size_t head_bytes = 0;
  bool head_whole = false;
  bool too_large = false;
};

/// One line of the head. A "100 Continue" has a head of its own before the real one.
std::size_t take_head(char* bytes, std::size_t, std::size_t size, void* user) {
  auto& in = *static_cast<Incoming*>(user);
  std::string_view line(bytes, size);
  in.head_bytes += size;
  if (in.head_bytes > kMostHeadBytes) in.too_large = true;
  if (in.too_large) return 0;
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    in.reply.headers.clear();
    in.head_whole = false;
    return size;
  }
  in.head_whole = line.empty();
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(),
                         [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c); });
  line.remove_prefix(colon + 1);
  while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
  while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
  in.reply.headers.emplace_back(std::move(name), line);
  return size;
}

std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* user) {
  auto& in = *static_cast<Incoming*>(user);
  in.too_large = in.reply.body.size() + size > in.call.most_bytes;
  if (in.too_large) return 0;  // less than it was given: curl gives up
  in.reply.body.append(bytes, size);
  return size;
}

int go_on(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const Incoming*>(user)->call.stop.stop_requested() ? 1 : 0;
}

Result<List> header_list(const HttpCall& call) {
  List list(::curl_slist_append(nullptr, "Expect:"));
  for (const auto& [name, value] : call.headers) {
    if (!is_header(name, value))
      return fail(Code::invalid, "{}: the header {:?} cannot be sent", call.place, name);
    const std::string line = value.empty() ? name + ";" : name + ": " + value;  // as curl wants an empty one
    curl_slist* longer = ::curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return fail(Code::internal, "{}: no memory for a header", call.place);
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

long milliseconds(std::int64_t ns) {
  return static_cast<long>(std::max<std::int64_t>(1, ns / kMillisecond));
}

void set_limits(CURL* easy, const HttpCall& call) {
  ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(call.timeout_ns));
  ::curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(std::min(call.timeout_ns, kConnectNs)));
  ::curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  ::curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, std::max(1L, milliseconds(call.quiet_ns) / 1000));
}

void set_request(CURL* easy, const HttpCall& call) {
  ::curl_easy_setopt(easy, CURLOPT_URL, call.url.c_str());
  ::curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a name look-up that is out of time ends by itself
  ::curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  ::curl_easy_setopt(easy, CURLOPT_USERAGENT, "steward");
  if (!call.ca_file.empty()) ::curl_easy_setopt(easy, CURLOPT_CAINFO, call.ca_file.c_str());
  if (call.method == "HEAD") {
    ::curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (call.method == "POST" || call.method == "PUT") {
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call.body.empty() ? "" : call.body.data());
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
  }
  if (call.method != "HEAD") ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call.method.c_str());
}

void set_receivers(CURL* easy, Incoming& in) {
  ::curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_head);
  ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, &in);
  ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, &in);
  ::curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, go_on);
  ::curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &in);
  ::curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

Result<HttpReply> outcome(CURLcode code, CURL* easy, Incoming& in) {
  const std::string& place = in.call.place;
  if (in.too_large)
    return fail(Code::invalid, "{}: the answer is larger than {} bytes", place, in.call.most_bytes);
  switch (code) {
    case CURLE_OK:
      break;
    case CURLE_ABORTED_BY_CALLBACK:
      return fail(Code::cancelled, "{}: given up, as was asked", place);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
      return fail(Code::invalid, "{}: only http:// and https:// addresses are asked", place);
    default:
      return std::unexpected(transfer_error(code, place));
  }
  // curl takes a connection that ends within the head for the head's end.
  if (!in.head_whole) return fail(Code::unavailable, "{}: the answer broke off in its head", place);
  long status = 0;
  ::curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  in.reply.status = static_cast<int>(status);
  return std::move(in.reply);
}

class CurlCaller final : public HttpCaller {
 public:
  CurlCaller() { initialize_curl(); }

  Result<HttpReply> call(const HttpCall& call) override {
    const auto headers = header_list(call);
    if (!headers) return std::unexpected(headers.error());
    Easy easy = take_idle();
    if (!easy) return fail(Code::internal, "{}: curl cannot begin", call.place);
    Incoming in{.call = call, .reply = {}};
    set_limits(easy.get(), call);
    set_request(easy.get(), call);
    set_receivers(easy.get(), in);
    ::curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers->get());
    const CURLcode code = ::curl_easy_perform(easy.get());
    auto reply = outcome(code, easy.get(), in);
    ::curl_easy_reset(easy.get());  // keeps the connection
    give_back(std::move(easy));
    return reply;
  }

 private:
  Easy take_idle() {
    const std::scoped_lock lock(mutex_);
    if (idle_.empty()) return Easy(::curl_easy_init());
    Easy easy = std::move(idle_.back());
    idle_.pop_back();
    return easy;
  }
  void give_back(Easy easy) {
    const std::scoped_lock lock(mutex_);
    if (idle_.size() < kMostIdle) idle_.push_back(std::move(easy));
  }

  std::mutex mutex_;
  std::vector<Easy> idle_;
};

}  // namespace

std::string_view HttpReply::header(std::string_view name) const {
  const auto at = std::ranges::find(headers, name, [](const auto& header) { return header.first; });
  return at == headers.end() ? std::string_view() : std::string_view(at->second);
}

std::unique_ptr<HttpCaller> make_http_caller() {
  return std::make_unique<CurlCaller>();
}

}  // namespace steward::net
