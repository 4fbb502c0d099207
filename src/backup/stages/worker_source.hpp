#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "backup/stages/bytes.hpp"

namespace steward::backup {

/// Runs the stages before it on a thread of its own, ahead of its reader: the mirror of WorkerSink. What they
/// gave comes in order, a failure in its place, and again with each further call. Nothing is copied: at most
/// `kept` pieces are there at a time, the reader's among them. Destroyed early, it waits until the piece that
/// is being made is there (the stages' own deadlines bound that), and drops what was not taken.
class WorkerSource final : public ByteSource {
 public:
  /// `from` keeps the last `kept` of its pieces valid (2 at least), and is of nobody else while this lives.
  WorkerSource(ByteSource& from, std::size_t kept);
  ~WorkerSource() override;
  Result<std::string_view> next() override;

 private:
  void work();

  ByteSource& from_;
  const std::size_t kept_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Result<std::string_view>> ready_;  // the first is the reader's, once it was taken
  bool taken_ = false;
  bool dropped_ = false;
  std::thread thread_;
};

}  // namespace steward::backup
