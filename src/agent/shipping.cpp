#include "agent/shipping.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "backup/jobs/own_store.hpp"
#include "base/log.hpp"
#include "base/random.hpp"

namespace steward::agent {

namespace {

/// Of one call to the store with its repetitions; then it is tried anew, with what came since.
constexpr std::int64_t kDeadline = 10 * kSecond;
/// Until a job is tried again that cannot be shipped as it is, such as one whose key cannot be read.
constexpr std::int64_t kReopen = 30 * kSecond;

}  // namespace

/// What the thread does for one configuration.
class Shipping::Loop {
 public:
  Loop(const Clock& clock, config::Settings settings, std::stop_token stop)
      : clock_(clock), settings_(std::move(settings)), stop_(std::move(stop)) {
    for (const config::Backup& backup : settings_.backups) {
      if (backup.ship > 0) lanes_.push_back({&backup, nullptr, 0, false, {}});
    }
  }

  /// Ships what is due, or (`last`) all there is; when the next is.
  MonoNs turn(bool last) {
    MonoNs next = INT64_MAX;
    for (Lane& lane : lanes_) {
      if (last) lane.due = lane.shipper ? lane.shipper->retry_at() : lane.due;
      do {
        if (!stop_.stop_requested() && clock_.mono() >= lane.due) turn(lane);
      } while (last && !stop_.stop_requested() && lane.more);
      next = std::min(next, lane.due);
    }
    return next;
  }

  std::map<std::string, backup::ShipFacts> facts() const {
    std::map<std::string, backup::ShipFacts> facts;
    for (const Lane& lane : lanes_)
      facts[lane.backup->name] = lane.shipper ? lane.shipper->facts() : lane.closed;
    return facts;
  }

 private:
  struct Lane {
    const config::Backup* backup;
    std::unique_ptr<backup::Shipper> shipper;
    MonoNs due;
    bool more = false;         ///< waits already
    backup::ShipFacts closed;  ///< while there is no shipper
  };

  void turn(Lane& lane) {
    if (!lane.shipper) {
      if (auto opened = open(lane); !opened) return closed(lane, opened.error());
    }
    const std::string before = lane.shipper->facts().error;
    const MonoNs begun = clock_.mono();
    lane.more = lane.shipper->turn();
    lane.due = lane.more ? begun : std::max(begun + lane.backup->ship, lane.shipper->retry_at());
    const std::string& now = lane.shipper->facts().error;
    if (before.empty() && !now.empty()) log::error("backup {}: {}", lane.backup->name, now);
    if (!before.empty() && now.empty()) log::info("backup {}: journals are shipped again", lane.backup->name);
  }

  Status open(Lane& lane) {
    auto job = backup::ship_job_of(*lane.backup, settings_);
    if (!job) return std::unexpected(job.error());
    const auto store = [this] {
      return backup::open_own_store(settings_, {.deadline_ns = kDeadline, .stop = stop_});
    };
    lane.shipper = std::make_unique<backup::Shipper>(std::move(*job), store, clock_, random_);
    return {};
  }

  void closed(Lane& lane, const Error& error) {
    if (lane.closed.error.empty()) {
      log::error("backup {}: {}", lane.backup->name, error.text());
      lane.closed.failing_since = clock_.wall();
    }
    lane.closed.error = error.text();
    lane.due = clock_.mono() + kReopen;
  }

  const Clock& clock_;
  SystemRandom random_;
  config::Settings settings_;
  std::stop_token stop_;
  std::vector<Lane> lanes_;
};

Shipping::~Shipping() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::nanoseconds(kLast), [this] { return ended_; });
  given_up_.request_stop();
}

void Shipping::assign(const config::Settings& settings, const std::string& state) {
  const bool some = std::ranges::any_of(settings.backups, [](const auto& backup) { return backup.ship > 0; });
  if (!some && !thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    assigned_ = settings;
    assigned_->state = state;
    given_up_.request_stop();
  }
  wake_.notify_one();
  if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

std::map<std::string, backup::ShipFacts> Shipping::facts() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

void Shipping::run(const std::stop_token& stop) {
  std::unique_ptr<Loop> loop;
  MonoNs next = 0;
  while (true) {
    std::optional<config::Settings> assigned;
    std::stop_token given_up;
    {
      std::unique_lock lock(mutex_);
      const auto called = [this] { return assigned_.has_value(); };
      if (loop && next == INT64_MAX) {
        wake_.wait(lock, stop, called);
      } else if (loop) {
        wake_.wait_for(lock, stop, std::chrono::nanoseconds(std::max<MonoNs>(next - clock_.mono(), 0)),
                       called);
      }
      if (stop.stop_requested()) break;
      assigned.swap(assigned_);
      if (assigned) given_up_ = {};
      given_up = given_up_.get_token();
    }
    if (assigned) {
      loop.reset();  // writes down what it knows, for the next to read
      loop = std::make_unique<Loop>(clock_, std::move(*assigned), given_up);
    }
    next = loop->turn(false);
    auto facts = loop->facts();
    const std::lock_guard lock(mutex_);
    facts_ = std::move(facts);
  }
  if (loop) static_cast<void>(loop->turn(true));
  loop.reset();
  const std::lock_guard lock(mutex_);
  ended_ = true;
  wake_.notify_all();
}

}  // namespace steward::agent
