#include <atomic>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "net/http_client.hpp"
#include "net/transfer.hpp"

namespace steward::net {

namespace {

constexpr std::size_t kMostTransfers = 256;

struct MultiDeleter {
  void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
};

/// The thread owns everything below multi_; the mutex guards what begin() hands over.
class CurlClient final : public Outbound {
 public:
  explicit CurlClient(Executor executor) : executor_(std::move(executor)) {}

  ~CurlClient() override {
    if (!thread_.joinable()) return;
    stopping_ = true;
    ::curl_multi_wakeup(multi_.get());
    thread_.join();
  }

  void send(HttpRequest request, HttpDone done) override {
    const std::string place = request.place;
    begin(http_transfer(std::move(request), std::move(done)), place);
  }

  void deliver(Mail mail, MailDone done) override {
    const std::string place = mail.server;
    begin(mail_transfer(std::move(mail), std::move(done)), place);
  }

 private:
  void begin(std::unique_ptr<Transfer> transfer, const std::string& place) {
    if (under_way_ >= kMostTransfers) {
      executor_(transfer->failed(
          {Code::unavailable, fmt::format("{}: {} requests are under way already", place, kMostTransfers)}));
      return;
    }
    ++under_way_;
    {
      const std::scoped_lock lock(mutex_);
      waiting_.push_back(std::move(transfer));
    }
    if (!thread_.joinable()) start();
    ::curl_multi_wakeup(multi_.get());
  }

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
      if (const Status good = transfer->prepare(); !good) {
        --under_way_;
        executor_(transfer->failed(good.error()));
        continue;
      }
      CURL* easy = transfer->easy();
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
      --under_way_;
      executor_(ended.mapped()->ended(code));
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

std::unique_ptr<Outbound> make_curl_client(Executor executor) {
  return std::make_unique<CurlClient>(std::move(executor));
}

Result<HttpAnswer> http_send(HttpRequest request) {
  Result<HttpAnswer> result = fail(Code::internal, "no answer");
  const auto transfer =
      http_transfer(std::move(request), [&](Result<HttpAnswer> answer) { result = std::move(answer); });
  if (Status good = transfer->prepare(); !good) return std::unexpected(good.error());
  transfer->ended(::curl_easy_perform(transfer->easy()))();
  return result;
}

}  // namespace steward::net
