#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "backup/ship/tail.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"

namespace steward::backup {

/// A file of another kind than those that grow is shipped whole, up to this.
inline constexpr std::int64_t kLargestSmallFile = 1 << 20;

/// A file as a look at the state folder found it.
struct Seen {
  PieceKind kind = PieceKind::grow;
  std::string path;  ///< as in an archive
  std::int64_t size = 0;
  WallNs mtime = 0;
  mode_t mode = 0;
  std::uint32_t uid = 0, gid = 0;
};

/// What is known of the shipping of one job; for people, metrics and alarms.
struct ShipFacts {
  std::string place;        ///< where to: place_of()
  std::string store;        ///< its identity; empty: not known
  WallNs looked_at = 0;     ///< when the journals were looked at last
  WallNs shipped_at = 0;    ///< when the store last confirmed an object
  std::string newest;       ///< time of that object
  std::string backup;       ///< the newest that holds what counts as shipped
  WallNs behind_since = 0;  ///< everything older is in the store; 0: all that was seen is
  std::int64_t behind_bytes = 0;
  WallNs failing_since = 0;                               ///< 0: it does not fail
  std::string error;                                      ///< of the newest attempt, empty when it succeeded
  std::int64_t objects = 0, bytes = 0, bytes_stored = 0;  ///< since the job was first shipped
  std::int64_t shrunk = 0;                                ///< files that became shorter, and stay behind

  /// What was written by then is in the store; 0: nothing is known.
  WallNs safe_until() const { return behind_since != 0 ? behind_since : looked_at; }
};

/// Decides what of the files is in the next object, from what they are and what the store has confirmed. No
/// I/O. An unknown or forgotten file begins at 0: to ship again is harmless, a restore knows the same bytes.
class ShipState {
 public:
  /// How far a growing file is in the store.
  struct Confirmed {
    std::int64_t size = 0;
    WallNs mtime = 0;
  };

  /// What an earlier life of ours knew. Facts about trouble begin anew.
  void restore(std::map<std::string, Confirmed> files, const ShipFacts& facts);
  /// The store is this one (its identity; empty: not known). True when that is another one than before, of
  /// which nothing is known any more.
  bool opened(const std::string& store);
  /// Nothing of what is known to be in the store is there any more.
  void begin_anew();
  /// A backup that began at `started` holds every file that was not written to since: such a file is not
  /// shipped when it is there at the first look (later ones are new, whatever the clock says), and what is
  /// known of those that are not looked at any more is forgotten.
  void covered(WallNs started, const std::string& backup = {});
  /// A backup began, perhaps still runs: what is shipped from now on has a later time.
  void backup_began(WallNs started);
  /// Somebody else's object has this time's name.
  void taken(std::string_view time);

  /// The pieces (without hash) of the next object, `most` bytes at most, and what remains in facts().
  std::vector<TailPiece> next(const std::vector<Seen>& seen, std::int64_t most, WallNs now);
  /// The time of an object whose bytes were read by `now`: later than every one before, so that their names
  /// are in the order of their content whatever the clock does, and than the newest backup's beginning.
  std::string time_for(WallNs now) const;
  /// The store has these pieces.
  void confirmed(const std::vector<TailPiece>& pieces, const std::string& time, std::int64_t stored,
                 WallNs now);
  /// Nothing is missing there, and nothing stands in the way any more.
  void well();
  /// It has not; nothing more is tried before retry_at().
  void failed(std::string error, WallNs wall, MonoNs now, Random& random);
  MonoNs retry_at() const { return retry_at_; }

  /// Whether all of a file, as it was seen, is in the store or never will be.
  bool settled(const Seen& file) const;
  const ShipFacts& facts() const { return facts_; }
  const std::map<std::string, Confirmed>& files() const { return files_; }

 private:
  void meet(const Seen& file);
  void forget(const std::vector<Seen>& seen);
  std::int64_t behind(const Seen& file);

  std::map<std::string, Confirmed> files_;                        // that grow
  std::map<std::string, std::pair<WallNs, std::int64_t>> small_;  // mtime and size; -1: gone
  std::set<std::string> shrunk_;
  WallNs covered_ = 0;
  bool first_ = true;    ///< look; and again with the first backup
  bool forget_ = false;  ///< a newer backup is there since the last look
  WallNs last_ = 0;      // of the newest object's time
  int failures_ = 0;
  MonoNs retry_at_ = 0;
  ShipFacts facts_;
};

}  // namespace steward::backup
