#include "agent/deadman.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "config/endpoint.hpp"
#include "config/secrets.hpp"

namespace steward::agent {

namespace {
constexpr std::int64_t kLongestAnswer = 10 * kSecond;
}

void Deadman::assign(const config::AlertLife& settings, const std::string& env_file) {
  interval_ = 0, next_ = 0;
  trouble_.clear();
  if (!settings.has_deadman()) return;
  if (settings.deadman_place.none()) {
    url_ = Secret(settings.deadman_url);
  } else {
    auto url = config::read_secret(settings.deadman_place, env_file);
    if (!url) return ended("the dead-man's address cannot be read: " + url.error().text());
    url_ = std::move(*url);
    const std::string fault = config::secret_url_fault(url_.reveal());
    if (!fault.empty()) return ended("the dead-man's address " + fault);
  }
  place_ = config::place_of(url_.reveal());
  interval_ = settings.deadman_interval;
}

void Deadman::beat(MonoNs now) {
  if (interval_ == 0 || under_way_ || now < next_) return;
  next_ = now + interval_;
  under_way_ = true;
  net::HttpRequest request;
  request.url = Secret(url_.reveal());
  request.place = place_;
  request.timeout_ns = std::min(interval_, kLongestAnswer);
  client_.send(std::move(request), [this](const Result<net::HttpAnswer>& answer) {
    under_way_ = false;
    if (!answer)
      return ended(
          fmt::format("the dead-man's service {} was not reached: {}", place_, answer.error().text()));
    const bool good = answer->status >= 200 && answer->status < 300;
    ended(good ? "" : fmt::format("the dead-man's service {} answered {}", place_, answer->status));
  });
}

void Deadman::ended(const std::string& trouble) {
  if (!trouble.empty() && trouble_.empty()) log::warning("{}", trouble);
  if (trouble.empty() && !trouble_.empty()) log::info("the dead-man's service {} is reached again", place_);
  trouble_ = trouble;
}

}  // namespace steward::agent
