#pragma once

#include <condition_variable>
#include <mutex>

namespace steward::store {

/// A lock between one busy host, who takes it again and again, and guests who need it now and then: guests
/// who wait go before the host. The guests' visits are short and few, so the host is not starved.
class FairLock {
 public:
  class Guest {
   public:
    explicit Guest(FairLock& lock) : lock_(lock) {
      std::unique_lock hold(lock_.mutex_);
      ++lock_.waiting_;
      lock_.changed_.wait(hold, [&] { return !lock_.taken_; });
      --lock_.waiting_;
      lock_.taken_ = true;
    }
    ~Guest() { lock_.release(); }
    Guest(const Guest&) = delete;
    Guest& operator=(const Guest&) = delete;

   private:
    FairLock& lock_;
  };
  class Host {
   public:
    explicit Host(FairLock& lock) : lock_(lock) {
      std::unique_lock hold(lock_.mutex_);
      lock_.changed_.wait(hold, [&] { return !lock_.taken_ && lock_.waiting_ == 0; });
      lock_.taken_ = true;
    }
    ~Host() { lock_.release(); }
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

   private:
    FairLock& lock_;
  };

 private:
  void release() {
    {
      const std::lock_guard hold(mutex_);
      taken_ = false;
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool taken_ = false;
  int waiting_ = 0;
};

}  // namespace steward::store
