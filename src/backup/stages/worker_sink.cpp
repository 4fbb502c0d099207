#include "backup/stages/worker_sink.hpp"

namespace steward::backup {

WorkerSink::WorkerSink(ByteSink& next, void (*prepare)())
    : next_(next), thread_([this, prepare] { work(prepare); }) {}

WorkerSink::~WorkerSink() {
  {
    const std::scoped_lock lock(mutex_);
    dropped_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status WorkerSink::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto part = bytes.substr(0, kBlock - block_.size());
    block_.append(part);
    bytes.remove_prefix(part.size());
    if (block_.size() < kBlock) return {};
    if (auto handed = hand_over(); !handed) return handed;
  }
  return {};
}

Status WorkerSink::hand_over() {
  std::unique_lock lock(mutex_);
  // The next stage's own deadlines bound this wait.
  changed_.wait(lock, [this] { return queue_.size() < kQueued || !status_; });
  if (!status_) return status_;
  queue_.push_back(std::move(block_));
  block_.clear();
  if (!spare_.empty()) {
    block_ = std::move(spare_.front());
    spare_.pop_front();
  }
  block_.reserve(kBlock);
  lock.unlock();
  changed_.notify_all();
  return {};
}

Status WorkerSink::finish() {
  if (!block_.empty()) {
    if (auto handed = hand_over(); !handed) return handed;
  }
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
  return status_;
}

void WorkerSink::work(void (*prepare)()) {
  if (prepare != nullptr) prepare();
  std::unique_lock lock(mutex_);
  while (true) {
    std::string block;
    changed_.wait(lock, [this] { return !queue_.empty() || ended_ || dropped_; });
    if (dropped_) return;
    const bool last = queue_.empty();
    if (!last) {
      block = std::move(queue_.front());
      queue_.pop_front();
    }
    lock.unlock();
    changed_.notify_all();
    Status done = last ? next_.finish() : next_.write(block);
    block.clear();
    lock.lock();
    spare_.push_back(std::move(block));
    if (!done) status_ = std::move(done);
    if (last || !status_) break;
  }
  lock.unlock();
  changed_.notify_all();
}

}  // namespace steward::backup
