#include "backup/stages/throttle.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace steward::backup {

namespace {

constexpr std::size_t kPiece = 64 << 10;

/// False when the stop came first.
bool wait_for(std::int64_t ns, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_for(lock, stop, std::chrono::nanoseconds(ns), [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

std::int64_t RateLimit::wait_after(std::int64_t bytes, MonoNs now) {
  if (rate_ <= 0) return 0;
  free_at_ = std::max(free_at_, now - kSecond / 4);
  free_at_ += static_cast<std::int64_t>(static_cast<__int128>(bytes) * kSecond / rate_);
  return std::max<std::int64_t>(0, free_at_ - now);
}

Status ThrottleSink::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, kPiece);
    bytes.remove_prefix(piece.size());
    const auto wait = limit_.wait_after(static_cast<std::int64_t>(piece.size()), clock_.mono());
    if (stop_.stop_requested() || (wait > 0 && !wait_for(wait, stop_)))
      return fail(Code::cancelled, "the backup was stopped");
    if (auto put = next_.write(piece); !put) return put;
  }
  return {};
}

Status ThrottleSink::finish() {
  if (stop_.stop_requested()) return fail(Code::cancelled, "the backup was stopped");
  return next_.finish();
}

void lower_priority() {
  constexpr int kProcess = 1;
  constexpr int kIdleClass = 3 << 13;  // ioprio_set(2): only when nobody else wants the disk
  const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
  ::setpriority(PRIO_PROCESS, thread, 19);
  ::syscall(SYS_ioprio_set, kProcess, 0, kIdleClass);
}

}  // namespace steward::backup
