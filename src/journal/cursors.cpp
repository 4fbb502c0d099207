#include "journal/cursors.hpp"

#include <algorithm>

namespace steward::journal {

namespace {
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kUlid = 26;  // characters of 5 bits; the first is at most 7, so they fit 128 bits
}  // namespace

DoneRuns::Packed DoneRuns::pack(std::string_view ulid) {
  Packed bits;
  for (const char c : ulid) {
    bits.first = bits.first << 5 | bits.second >> 59;
    bits.second = bits.second << 5 | (kAlphabet.find(c) & 31);
  }
  return bits;
}

std::string DoneRuns::unpack(Packed bits) {
  std::string ulid(kUlid, '0');
  for (std::size_t i = kUlid; i-- > 0;) {
    ulid[i] = kAlphabet[bits.second & 31];
    bits.second = bits.second >> 5 | bits.first << 59;
    bits.first >>= 5;
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
