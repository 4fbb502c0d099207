#include "store/alarm_store.hpp"

#include <algorithm>
#include <chrono>

#include "base/log.hpp"
#include "store/steward_db.hpp"

namespace steward::store {

namespace {
/// How long changes that are not urgent wait for others; how often a commit is tried while none succeeds.
constexpr std::int64_t kPatience = kSecond, kRetry = kSecond;
}  // namespace

/// What the store's thread does.
class AlarmStore::Loop {
 public:
  Loop(AlarmStore& store, std::string folder, const Clock& clock)
      : store_(store), clock_(clock), db_(std::move(folder), clock) {
    store_.rows_ = db_.load();
    store_.facts_.notice = db_.notice();
    store_.facts_.trouble = db_.trouble();
  }

  void run() {
    std::unique_lock lock(store_.mutex_);
    while (true) {
      wait(lock);
      const bool stopping = store_.stopping_;
      if (!store_.waiting_.empty()) commit(lock, stopping);
      if (!store_.copy_to_.empty()) copy(lock);
      if (stopping) return;
    }
  }

 private:
  bool due() const { return store_.commit_by_ != 0 && clock_.mono() >= store_.commit_by_; }

  void wait(std::unique_lock<std::mutex>& lock) {
    while (!store_.stopping_ && !due() && store_.copy_to_.empty()) {
      if (store_.commit_by_ == 0) {
        store_.wake_.wait(lock);
      } else {
        store_.wake_.wait_for(lock, std::chrono::nanoseconds(store_.commit_by_ - clock_.mono()));
      }
    }
  }

  void copy(std::unique_lock<std::mutex>& lock) {
    const std::string to = std::exchange(store_.copy_to_, {});
    const auto done = std::exchange(store_.copied_, {});
    lock.unlock();
    done(db_.snapshot(to));
    lock.lock();
  }

  void commit(std::unique_lock<std::mutex>& lock, bool last) {
    AlarmChanges changes = std::exchange(store_.waiting_, {});
    const std::uint64_t number = store_.submitted_;
    store_.commit_by_ = 0;
    lock.unlock();
    const bool tries = last || clock_.mono() >= retry_at_;
    const Status done = tries ? db_.commit(changes) : fail(Code::unavailable, "{}", trouble_);
    if (tries) note(done);
    if (store_.settled_) store_.settled_(number, done.has_value());
    lock.lock();
    AlarmStoreFacts& facts = store_.facts_;
    facts.notice = db_.notice();
    facts.trouble = done ? "" : trouble_;
    facts.commits += done ? 1 : 0;
    facts.failures += tries && !done ? 1 : 0;
    if (done) return;
    changes.add(std::exchange(store_.waiting_, {}));
    store_.waiting_ = std::move(changes);
    store_.commit_by_ = store_.commit_by_ == 0 ? retry_at_ : std::min(store_.commit_by_, retry_at_);
  }

  void note(const Status& done) {
    if (done) {
      if (!trouble_.empty()) log::info("steward.db can be written again");
      trouble_.clear();
      retry_at_ = 0;
      return;
    }
    if (trouble_.empty())
      log::error("steward.db cannot be written, alarms live in memory: {}", done.error().text());
    trouble_ = done.error().text();
    retry_at_ = clock_.mono() + kRetry;
  }

  AlarmStore& store_;
  const Clock& clock_;
  StewardDb db_;
  std::string trouble_;
  MonoNs retry_at_ = 0;
};

AlarmStore::AlarmStore(std::string folder, const Clock& clock, Settled settled)
    : clock_(clock), settled_(std::move(settled)) {
  loop_ = std::make_unique<Loop>(*this, std::move(folder), clock);
  thread_ = std::thread([this] { loop_->run(); });
}

AlarmStore::~AlarmStore() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

std::uint64_t AlarmStore::submit(AlarmChanges changes, bool urgent) {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    waiting_.add(std::move(changes));
    number = ++submitted_;
    const MonoNs by = clock_.mono() + (urgent ? 0 : kPatience);
    commit_by_ = commit_by_ == 0 ? by : std::min(commit_by_, by);
  }
  wake_.notify_one();
  return number;
}

void AlarmStore::snapshot(std::string to, std::function<void(Status)> done) {
  {
    const std::lock_guard lock(mutex_);
    copy_to_ = std::move(to);
    copied_ = std::move(done);
  }
  wake_.notify_one();
}

AlarmStoreFacts AlarmStore::facts() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

}  // namespace steward::store
