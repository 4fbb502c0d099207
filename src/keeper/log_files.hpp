#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "os/fd.hpp"

namespace steward::keeper {

/// The number in "out.log.000012" or "out.log.000012.gz"; 0: another file.
std::int64_t rotation_number(std::string_view name);

/// Makes the lines of one run's standard output into its log: each gets the UTC time before it; what the disk
/// will not take is dropped and counted by whole lines. Rotation: at `log_max` bytes, behind the end of a
/// line, out.log becomes out.log.000001 (the newest has the highest number) and `rotated` is told, which
/// compresses it and removes the oldest.
class LogWriter {
 public:
  struct Limits {
    std::int64_t log_max = 0;  ///< 0: never rotated
    std::int64_t log_files = 0;
  };
  using Rotated = std::function<void(const std::string& path)>;

  /// Appends to FOLDER/out.log, which need not exist yet.
  LogWriter(std::string folder, Limits limits, Rotated rotated);

  void write(std::string_view bytes, WallNs now);
  /// The run is over: ends a line that has no newline.
  void finish(WallNs now);

  std::uint64_t lines_dropped() const { return lines_dropped_; }
  std::uint64_t bytes_dropped() const { return bytes_dropped_; }
  /// Why lines are being dropped; empty when they are not.
  const std::string& trouble() const { return trouble_; }

 private:
  bool open();
  void stamp(WallNs now);
  bool is_full_with(std::size_t bytes) const;
  /// What of `text`, which goes on with a line, still belongs into the file of that line's begin.
  std::size_t rest_of_line(std::string_view text) const;
  void append(std::string_view text);
  void rotate();

  std::string folder_, path_;
  Limits limits_;
  Rotated rotated_;
  Fd file_;
  std::int64_t size_ = 0;
  bool line_begins_ = true;  // the next byte is a line's first
  bool torn_ = false;        // the file ends within a line that could not be finished
  std::string text_;         // one write's worth, kept for its memory
  std::string stamp_;
  WallNs stamp_of_ = -1;
  std::uint64_t lines_dropped_ = 0, bytes_dropped_ = 0;
  std::string trouble_;
};

/// In a child process at the lowest priority: compresses `path` to `path`.gz, then removes the oldest rotated
/// files of its folder beyond `files`, then the oldest logs of the bot's other runs beyond files × log_max
/// bytes. Never returns.
[[noreturn]] void compress_and_prune(const std::string& path, std::int64_t files, std::int64_t log_max);

}  // namespace steward::keeper
