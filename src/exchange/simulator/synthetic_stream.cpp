#include "exchange/simulator/synthetic_stream.hpp"

#include <algorithm>

namespace steward::simulator {

std::string unique_prefix(std::int64_t start, std::uint64_t seed) {
  return fmt::format("1.{}{:03}", start, seed % 1000);
}

std::string fixed_prefix(std::uint64_t seed) {
  return fmt::format("1.9{:05}", seed % 100'000);
}

SyntheticMarket::Times SyntheticLines::times_of(std::int64_t race) const {
  const std::int64_t off = options_.start + options_.first_off + race * options_.every;
  return {std::max(options_.start, off - options_.betting), off};
}

void SyntheticLines::open_due() {
  while (opened_ < options_.markets) {
    const SyntheticMarket::Times times = times_of(opened_);
    const auto first = std::ranges::min_element(open_, {}, &SyntheticMarket::next_time);
    if (first != open_.end() && first->next_time() < times.opens) return;
    // Seeds of neighbouring races must not be neighbours: the generator's sequences would overlap.
    SeededRandom seeds(options_.seed * 0x100000001b3 + static_cast<std::uint64_t>(opened_));
    open_.emplace_back(seeds.next() ^ options_.seed, fmt::format("{}{:04}", options_.id_prefix, opened_),
                       static_cast<int>(opened_), times);
    ++opened_;
  }
}

bool SyntheticLines::next(std::string& line) {
  std::erase_if(open_, [](const SyntheticMarket& market) { return market.finished(); });
  open_due();
  const auto first = std::ranges::min_element(open_, {}, &SyntheticMarket::next_time);
  if (first == open_.end()) return false;
  first->write(line);
  return true;
}

Result<const betfair::StreamMessage*> SyntheticStream::next() {
  if (!lines_.next(line_)) return nullptr;
  ++counters_.messages;
  counters_.bytes += static_cast<std::int64_t>(line_.size() + 1);
  const std::size_t length = line_.size();
  line_.append(betfair::kLinePadding, '\0');
  return decoder_.decode({line_.data(), length});
}

}  // namespace steward::simulator
