#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "backup/stages/bytes.hpp"

namespace steward::backup {

/// Hands a stream to a thread of its own that writes to the next stage, so that reading and compressing keep
/// two cores busy. At most kQueued blocks wait; write() waits while there are more. A failure of the next
/// stage reaches the caller with the next write(), with finish() at the latest. Destroyed without finish(),
/// what waits is dropped and the next stage gets no finish().
class WorkerSink final : public ByteSink {
 public:
  static constexpr std::size_t kBlock = 256 << 10;
  static constexpr std::size_t kQueued = 8;

  /// `prepare` runs first on the thread.
  WorkerSink(ByteSink& next, void (*prepare)());
  ~WorkerSink() override;
  Status write(std::string_view bytes) override;
  Status finish() override;

 private:
  void work(void (*prepare)());
  Status hand_over();

  ByteSink& next_;
  std::string block_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> queue_;
  std::deque<std::string> spare_;
  bool ended_ = false;
  bool dropped_ = false;
  Status status_;
  std::thread thread_;
};

}  // namespace steward::backup
