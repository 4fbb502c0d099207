#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "os/fd.hpp"

namespace steward::cli {

/// The log files of a bot's runs, oldest first: STATE/bots/NAME/runs/RUN/out.log.NNNNNN[.gz], then out.log,
/// run by run. A file that is just being compressed is there once.
std::vector<std::string> log_files(const std::string& runs);

/// Which lines are wanted.
struct LogRange {
  std::string
      since;  ///< a line's time stamp ("2026-11-22T13:00:00.000Z") from which on; empty: from the beginning
  std::int64_t lines = -1;  ///< only the last so many; -1: all
};

using PrintText = std::function<void(std::string_view)>;

/// Prints the wanted lines of `files`, oldest first. Files that cannot be read are skipped: rotation may have
/// removed them since they were listed. A torn last line is printed as it is. Returns the bytes read of the
/// last file.
std::int64_t print_log(const std::vector<std::string>& files, const LogRange& range, const PrintText& print);

/// Goes on where print_log ended: what a bot writes from now on, through rotations and restarts. step()
/// prints what is new and returns; the caller waits between steps.
class LogFollower {
 public:
  /// `runs` as above; begins after `offset` bytes of `file`, the newest of log_files() (empty: there is none
  /// yet).
  LogFollower(std::string runs, std::string file, std::int64_t offset);
  void step(const PrintText& print);

 private:
  void drain(const PrintText& print);
  bool was_rotated() const;
  std::string next_run() const;
  void open(std::int64_t offset);

  std::string runs_, path_, run_;
  Fd file_;
  std::int64_t offset_ = 0;
};

/// "10m", "13:00", "2026-11-22", "2026-11-22T13:00[:05][Z]" → the stamp from which lines count. Times are
/// local ones of the zone in use (zone.hpp) unless they end in Z.
Result<std::string> parse_since(const std::string& text, WallNs now);

}  // namespace steward::cli
