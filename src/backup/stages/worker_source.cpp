#include "backup/stages/worker_source.hpp"

namespace steward::backup {

namespace {

bool is_last(const Result<std::string_view>& piece) {
  return !piece || piece->empty();
}

}  // namespace

WorkerSource::WorkerSource(ByteSource& from, std::size_t kept)
    : from_(from), kept_(kept), thread_([this] { work(); }) {}

WorkerSource::~WorkerSource() {
  {
    const std::scoped_lock lock(mutex_);
    dropped_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<std::string_view> WorkerSource::next() {
  std::unique_lock lock(mutex_);
  if (taken_ && !is_last(ready_.front())) {
    ready_.pop_front();
    taken_ = false;
    changed_.notify_all();
  }
  changed_.wait(lock, [this] { return !ready_.empty(); });
  taken_ = true;
  return ready_.front();
}

void WorkerSource::work() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ready_.size() < kept_ || dropped_; });
      if (dropped_) return;
    }
    auto piece = from_.next();
    const bool last = is_last(piece);
    {
      const std::scoped_lock lock(mutex_);
      ready_.push_back(std::move(piece));
    }
    changed_.notify_all();
    if (last) return;
  }
}

}  // namespace steward::backup
