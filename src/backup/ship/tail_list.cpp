#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "backup/ship/tail_restore.hpp"

namespace steward::backup {

namespace {

constexpr int kRemovers = 8;

}  // namespace

Result<TailList> list_tails(objects::ObjectStore& store, const std::string& job, const std::string& host,
                            std::string_view from, std::string_view until) {
  const std::string prefix = tail_prefix(job, host);
  TailList list;
  // The name of the time itself sorts before what begins with it.
  std::string after = from.empty() ? std::string() : prefix + std::string(from);
  while (true) {
    auto page = store.list(prefix, after);
    if (!page) return std::unexpected(page.error());
    for (const auto& object : page->objects) {
      const auto time = time_of_tail(object.key, prefix);
      if (time.empty()) continue;
      if (!until.empty() && time > until) return list;
      list.times.emplace_back(time);
      list.bytes += object.size;
    }
    if (!page->more || page->objects.empty()) return list;
    after = page->objects.back().key;
  }
}

Result<std::vector<std::string>> hosts_of_tails(objects::ObjectStore& store, const std::string& job) {
  const std::string prefix = job + ".tail/";
  std::vector<std::string> hosts;
  std::string after;
  while (true) {
    auto page = store.list(prefix, after, 1);
    if (!page) return std::unexpected(page.error());
    if (page->objects.empty()) return hosts;
    const std::string rest = page->objects.front().key.substr(prefix.size());
    hosts.push_back(rest.substr(0, rest.find('/')));
    after = prefix + hosts.back() + "0";  // '0' follows '/': behind all of this host's
  }
}

Status remove_tails(objects::ObjectStore& store, const std::string& job, const std::string& host,
                    const TailList& tails, const std::stop_token& stop) {
  std::atomic<std::size_t> left = tails.times.size();
  std::mutex mutex;
  Status worst;
  const auto remove_some = [&] {
    while (true) {
      std::size_t at = left.load();
      while (at > 0 && !left.compare_exchange_weak(at, at - 1)) {
      }
      if (at == 0) return;
      const Status gone = stop.stop_requested() ? fail(Code::cancelled, "stopped")
                                                : store.remove(tail_key(job, host, tails.times[at - 1]));
      if (gone) continue;
      const std::lock_guard lock(mutex);
      worst = gone;
      left = 0;
    }
  };
  std::vector<std::jthread> threads;
  const auto wanted = std::min<std::size_t>(kRemovers, tails.times.size());
  for (std::size_t i = 1; i < wanted; ++i) threads.emplace_back(remove_some);
  remove_some();
  threads.clear();
  return worst;
}

}  // namespace steward::backup
