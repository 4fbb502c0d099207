#include "logs/watch.hpp"

#include <algorithm>

#include "os/files.hpp"

namespace steward::logs {

namespace {
constexpr std::size_t kBlock = 1 << 16;
constexpr std::size_t kMostOfBot = 4 << 20;   // bytes of one bot in a look: some 5 ms
constexpr std::size_t kMostOfLook = 8 << 20;  // of all
constexpr std::size_t kMostBots = 4096;       // that are remembered
constexpr std::size_t kMostBytes = 8 << 20;   // of the file
}  // namespace

Watch::Watch(std::string file, RunsFolder runs_folder)
    : file_(std::move(file)), runs_folder_(std::move(runs_folder)), buffer_(kBlock) {
  const auto text = read_file(file_, kMostBytes);
  if (!text && text.error().code() == Code::not_found) return;
  auto tallies = text ? parse_tallies(*text) : std::unexpected(text.error());
  if (tallies) {
    shown_ = std::move(*tallies);
  } else {
    trouble_ = fmt::format("{}: lines of logs are counted anew: {}", file_, tallies.error().text());
  }
}

void Watch::look(std::span<const Subject> subjects) {
  if (subjects.empty()) return;
  bool changed = false;
  std::size_t budget = kMostOfLook;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const Subject& subject = subjects[(first_ + i) % subjects.size()];
    auto at = followers_.find(subject.bot);
    if (at == followers_.end()) {
      if (followers_.size() >= kMostBots) continue;
      const std::string bot(subject.bot);
      at = followers_.emplace(bot, Follower(runs_folder_(bot), shown_[bot])).first;
    }
    Follower& follower = at->second;
    budget -= std::min(budget, follower.look(subject.run, std::min(budget, kMostOfBot), buffer_));
    changed = follower.take_changed() || changed;
  }
  first_ = (first_ + 1) % subjects.size();
  if (changed || !trouble_.empty()) save();
}

void Watch::save() {
  Tallies now = shown_;
  for (const auto& [bot, follower] : followers_) now[bot] = follower.tally();
  if (const Status saved = swap_file(file_, format_tallies(now)); !saved) {
    trouble_ = saved.error().text();
    return;
  }
  shown_ = std::move(now);
  trouble_.clear();
}

const Tally* Watch::tally(std::string_view bot) const {
  const auto at = shown_.find(bot);
  return at == shown_.end() ? nullptr : &at->second;
}

}  // namespace steward::logs
