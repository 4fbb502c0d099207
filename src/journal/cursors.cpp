#include "journal/cursors.hpp"

#include <algorithm>

namespace steward::journal {

namespace {
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kHalf = 13;  // characters of a ULID, 5 bits each, that fit one integer
}  // namespace

DoneRuns::Packed DoneRuns::pack(std::string_view ulid) {
  const auto half = [](std::string_view text) {
    std::uint64_t bits = 0;
    for (const char c : text) bits = bits << 5 | (kAlphabet.find(c) & 31);
    return bits;
  };
  return {half(ulid.substr(0, kHalf)), half(ulid.substr(std::min(kHalf, ulid.size())))};
}

std::string DoneRuns::unpack(Packed packed) {
  std::string ulid(2 * kHalf, '0');
  for (std::size_t i = kHalf; i-- > 0; packed.first >>= 5, packed.second >>= 5) {
    ulid[i] = kAlphabet[packed.first & 31], ulid[kHalf + i] = kAlphabet[packed.second & 31];
  }
  return ulid;
}

bool DoneRuns::contains(const std::string& bot, std::string_view run) const {
  const auto at = runs_.find(bot);
  return at != runs_.end() && std::ranges::binary_search(at->second, pack(run));
}

void DoneRuns::restore(const std::string& bot, std::string_view run) {
  auto& runs = runs_[bot];
  const Packed packed = pack(run);
  const auto at = std::ranges::lower_bound(runs, packed);
  if (at == runs.end() || *at != packed) runs.insert(at, packed);
}

void DoneRuns::add(const std::string& bot, std::string_view run) {
  restore(bot, run);
  changes_.push_back({bot, std::string(run), true});
}

void DoneRuns::remove(const std::string& bot, std::string_view run) {
  const auto at = runs_.find(bot);
  if (at == runs_.end()) return;
  std::erase(at->second, pack(run));
  if (at->second.empty()) runs_.erase(at);
  changes_.push_back({bot, std::string(run), false});
}

std::vector<std::pair<std::string, std::string>> DoneRuns::all() const {
  std::vector<std::pair<std::string, std::string>> list;
  for (const auto& [bot, runs] : runs_) {
    for (const Packed packed : runs) list.emplace_back(bot, unpack(packed));
  }
  return list;
}

void DoneRuns::touch_all() {
  changes_.clear();
  for (auto& [bot, run] : all()) changes_.push_back({bot, run, true});
}

}  // namespace steward::journal
