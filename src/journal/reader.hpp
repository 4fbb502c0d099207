#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "journal/lane.hpp"

namespace steward::journal {

/// Finds and reads all journals below a state folder, from where `cursors` say. The keeper's comes first, so
/// that the order in which runs lived is known before theirs are read; then the bots in turn. One thread at a
/// time.
///
/// A run is met when the keeper says it started (`run_started`) or when its folder is found with something in
/// its journal; folders are looked through every `kScan` (the keeper's every `kKeeperScan`), and only those
/// that changed.
class Reader {
 public:
  static constexpr std::int64_t kScan = 3 * kSecond;
  static constexpr std::int64_t kKeeperScan = kSecond;
  static constexpr std::int64_t kThorough = 3 * kSecond;

  Reader(std::string state_folder, Cursors& cursors, const Clock& clock);

  /// The next item, nothing when all that is there was read. Reads at most one buffer.
  std::optional<Item> next();
  /// The item was dealt with.
  void advance();

  void run_started(const std::string& bot, const std::string& run);
  void run_ended(const std::string& bot, const std::string& run);

  /// Why something cannot be read, empty when all is well.
  std::string trouble() const;
  /// Bytes that are seen and not read yet.
  std::int64_t backlog() const;

 private:
  struct Folder {
    std::int64_t changed = -1;    // its mtime when it was last listed, -1: list it anyway
    std::set<std::string> quiet;  // runs in it whose journal is still empty
  };
  Lane& lane(const std::string& bot);
  void scan();
  void scan_runs(const std::string& bot);
  bool has_content(const std::string& run_folder) const;

  std::string state_folder_;
  Cursors& cursors_;
  const Clock& clock_;
  ReadBuffer buffer_;
  std::map<std::string, std::unique_ptr<Lane>> lanes_;
  Lane* keeper_ = nullptr;
  std::vector<Lane*> turn_;  // all but the keeper's
  std::size_t at_ = 0;
  Lane* current_ = nullptr;
  std::map<std::string, Folder> folders_;
  bool scanned_ = false;
  MonoNs next_scan_ = 0, next_keeper_scan_ = 0, next_thorough_ = 0;
  std::size_t thorough_left_ = 0;
  std::string trouble_;
};

}  // namespace steward::journal
