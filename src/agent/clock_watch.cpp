#include "agent/clock_watch.hpp"

#include <algorithm>
#include <cstdlib>

namespace steward::agent {

void ClockWatch::assign(const std::string& server) {
  if (server == server_) return;
  server_ = server;
  error_.clear(), offset_.reset();
  every_ = kEvery, next_ = 0;
  under_way_ = forbidden_ = false;
  ++asked_;
}

void ClockWatch::look() {
  if (server_.empty() || under_way_ || forbidden_ || clock_.mono() < next_) return;
  under_way_ = true;
  ask_(server_, kTimeout, [this, asked = asked_](Result<net::SntpAnswer> answer) {
    if (asked == asked_) answered(std::move(answer));
  });
}

void ClockWatch::answered(Result<net::SntpAnswer> answer) {
  const MonoNs now = clock_.mono();
  under_way_ = false;
  if (!answer) {
    error_ = answer.error().message();
    next_ = now + std::min(kAfterFailure, every_);
    return;
  }
  if (!answer->kiss.empty()) {
    forbidden_ = answer->kiss == "DENY" || answer->kiss == "RSTR";
    every_ = std::min(2 * every_, kSlowest);
    next_ = now + every_;
    error_ = fmt::format("{} {} ({})", server_,
                         forbidden_ ? "does not let itself be asked" : "wants to be asked less often",
                         answer->kiss);
    return;
  }
  error_.clear();
  offset_ = answer->offset_ns;
  measured_at_ = now;
  next_ = now + every_;
}

std::optional<ClockSync> ClockWatch::measured(std::int64_t tolerance) const {
  if (!offset_ || clock_.mono() - measured_at_ > 3 * every_) return std::nullopt;
  return ClockSync{.synchronized = std::abs(*offset_) <= tolerance, .offset_ns = *offset_};
}

}  // namespace steward::agent
