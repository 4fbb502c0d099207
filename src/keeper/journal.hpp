#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace steward::keeper {

/// "journal.000001.jsonl" for 1.
std::string segment_name(int number);
/// The newest segment's number in a run folder; 0: none.
int newest_segment(const std::string& folder);

inline constexpr std::int64_t kSegmentSize = 64 << 20;

/// Makes segment `number` in a run's folder, empty, 0640, owned by `uid` and `gid` (-1: as made), and moves
/// the link `journal` to it by an atomic rename.
Status add_segment(const std::string& folder, int number, uid_t uid, gid_t gid);

/// The keeper's own journal. A line that cannot be written waits in memory, in order; when too many wait the
/// oldest are given up, and `lost()` stays true until the owner has written absolute states anew. Never
/// blocks on anything but the page cache.
class JournalWriter {
 public:
  /// Writes into `folder`, which is made here or, when the disk is full now, as soon as it can be.
  explicit JournalWriter(std::string folder) : folder_(std::move(folder)) {}

  /// Appends one JSON object; the newline is added.
  void line(std::string_view json);
  /// Tries again what waits, and begins the next segment when one is full. Call it about once a second.
  void tend();

  bool waiting() const { return !backlog_.empty(); }
  /// Lines given up since the journal began.
  std::uint64_t lost() const { return lost_; }
  /// Why nothing can be written at the moment; empty when it can.
  const std::string& trouble() const { return trouble_; }
  const std::string& folder() const { return folder_; }

 private:
  Status open(int segment);
  void flush();

  std::string folder_;
  int segment_ = 0;
  Fd file_;
  std::int64_t size_ = 0;
  bool torn_ = false;  // the file ends within a line, which the backlog goes on with
  std::string backlog_;
  std::uint64_t lost_ = 0;
  std::string trouble_;
};

}  // namespace steward::keeper
