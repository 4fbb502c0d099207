#include "backup/ship/ship_state.hpp"

#include <algorithm>

#include "backup/jobs/job_facts.hpp"

namespace steward::backup {

namespace {

/// A write may be as much older in the file's time than in ours: the kernel's clock ticks.
constexpr std::int64_t kTick = 2 * kSecond;
constexpr std::int64_t kFirstPause = kSecond, kLongestPause = 60 * kSecond;
constexpr std::size_t kMostPieces = 1000;

TailPiece piece_of(const Seen& file, std::int64_t offset, std::int64_t length) {
  return {file.kind, file.path, offset, length, file.mode, file.mtime, file.uid, file.gid, {}};
}

std::pair<WallNs, std::int64_t> stamp_of(PieceKind kind, WallNs mtime, std::int64_t size) {
  return kind == PieceKind::gone ? std::pair<WallNs, std::int64_t>{-1, -1} : std::pair{mtime, size};
}

}  // namespace

void ShipState::restore(std::map<std::string, Confirmed> files, const ShipFacts& facts) {
  files_ = std::move(files);
  facts_ = facts;
  facts_.error.clear();
  facts_.failing_since = facts_.shrunk = 0;
  last_ = wall_of_time_name(facts.newest);
}

bool ShipState::opened(const std::string& store) {
  const bool another = !is_of(facts_.store, store);
  if (another) begin_anew();
  if (!store.empty()) facts_.store = store;
  return another;
}

void ShipState::begin_anew() {
  files_.clear(), small_.clear(), shrunk_.clear();
  covered_ = 0, first_ = true;
  facts_ = ShipFacts{.place = std::move(facts_.place),
                     .store = std::move(facts_.store),
                     .failing_since = facts_.failing_since,
                     .error = std::move(facts_.error)};
}

void ShipState::covered(WallNs started, const std::string& backup) {
  facts_.backup = backup;
  if (covered_ == 0) first_ = true;
  forget_ = forget_ || started > covered_;
  covered_ = std::max(covered_, started);
}

void ShipState::forget(const std::vector<Seen>& seen) {
  std::set<std::string_view> looked_at;
  for (const Seen& file : seen) looked_at.insert(file.path);
  std::erase_if(files_, [&](const auto& file) {
    return file.second.mtime < covered_ - kTick && !looked_at.contains(file.first);
  });
  forget_ = false;
}

void ShipState::backup_began(WallNs started) {
  last_ = std::max(last_, started);
}

void ShipState::taken(std::string_view time) {
  last_ = std::max(last_, wall_of_time_name(time));
}

/// A file that a backup covers counts as shipped when it is met.
void ShipState::meet(const Seen& file) {
  if (!first_ || file.mtime >= covered_ - kTick || file.kind == PieceKind::gone) return;
  if (file.kind == PieceKind::grow) files_.try_emplace(file.path, Confirmed{file.size, file.mtime});
  if (file.kind == PieceKind::whole) small_.try_emplace(file.path, file.mtime, file.size);
}

/// Bytes of it that are not in the store; of a small file at least 1 when it is another one.
std::int64_t ShipState::behind(const Seen& file) {
  meet(file);
  if (settled(file)) return 0;
  if (file.kind != PieceKind::grow) return std::max<std::int64_t>(file.size, 1);
  const auto at = files_.find(file.path);
  const std::int64_t has = at == files_.end() ? 0 : at->second.size;
  if (file.size > has) return file.size - has;
  if (shrunk_.insert(file.path).second) ++facts_.shrunk;
  return 0;
}

bool ShipState::settled(const Seen& file) const {
  if (file.kind == PieceKind::grow) {
    const auto at = files_.find(file.path);
    return shrunk_.contains(file.path) || (at == files_.end() ? 0 : at->second.size) == file.size;
  }
  const auto at = small_.find(file.path);
  return at != small_.end() && at->second == stamp_of(file.kind, file.mtime, file.size);
}

std::vector<TailPiece> ShipState::next(const std::vector<Seen>& seen, std::int64_t most, WallNs now) {
  if (forget_) forget(seen);
  // A clock that went back says nothing of what is older.
  first_ = first_ && covered_ != 0 && now >= covered_;
  std::vector<TailPiece> pieces;
  std::int64_t all = 0;
  for (const Seen& file : seen) {
    const std::int64_t wanted = behind(file);
    all += wanted;
    const std::int64_t length = file.kind == PieceKind::grow ? std::min(wanted, most) : file.size;
    // A small file goes whole or not at all, the first one in any case.
    const bool fits = length <= most || pieces.empty();
    if (wanted == 0 || !fits || pieces.size() == kMostPieces || (most == 0 && !pieces.empty())) continue;
    const auto at = files_.find(file.path);
    const bool begun = file.kind == PieceKind::grow && at != files_.end();
    pieces.push_back(piece_of(file, begun ? at->second.size : 0, length));
    most = std::max<std::int64_t>(most - length, 0);
  }
  // Nothing was behind at the look before: what is now has been written since.
  if (all > 0 && facts_.behind_since == 0)
    facts_.behind_since = facts_.looked_at == 0 ? now : facts_.looked_at;
  if (all == 0) facts_.behind_since = 0;
  facts_.behind_bytes = all;
  facts_.looked_at = now;
  first_ = false;
  return pieces;
}

std::string ShipState::time_for(WallNs now) const {
  return time_name(std::max(now, last_ + kMillisecond));
}

void ShipState::confirmed(const std::vector<TailPiece>& pieces, const std::string& time, std::int64_t stored,
                          WallNs now) {
  for (const TailPiece& piece : pieces) {
    if (piece.kind == PieceKind::grow) {
      files_[piece.path] = {piece.offset + piece.length, piece.mtime};
      facts_.behind_bytes -= piece.length;
    } else {
      small_[piece.path] = stamp_of(piece.kind, piece.mtime, piece.length);
      facts_.behind_bytes -= std::max<std::int64_t>(piece.length, 1);
    }
    facts_.bytes += piece.length;
  }
  facts_.behind_bytes = std::max<std::int64_t>(facts_.behind_bytes, 0);
  if (facts_.behind_bytes == 0) facts_.behind_since = 0;
  facts_.bytes_stored += stored;
  ++facts_.objects;
  facts_.shipped_at = now;
  facts_.newest = time;
  last_ = wall_of_time_name(time);
  well();
}

void ShipState::well() {
  facts_.error.clear();
  facts_.failing_since = 0;
  failures_ = 0, retry_at_ = 0;
}

void ShipState::failed(std::string error, WallNs wall, MonoNs now, Random& random) {
  facts_.error = std::move(error);
  if (facts_.failing_since == 0) facts_.failing_since = wall;
  const std::int64_t longest = std::min(kFirstPause << std::min(failures_++, 10), kLongestPause);
  // Half of it by chance: many hosts that lost one store do not come back at once.
  retry_at_ =
      now + longest / 2 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(longest / 2)));
}

}  // namespace steward::backup
