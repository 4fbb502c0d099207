#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "logs/log_file.hpp"
#include "logs/tally.hpp"

namespace steward::logs {

/// Counts the lines of one bot's logs as the keeper writes, rotates, compresses and deletes them: every line
/// once, whenever it is told to look, also after it was begun anew from a saved tally. Falls behind a bot
/// that writes faster than it may read; what the keeper deletes meanwhile is counted as files skipped. An
/// idle look costs one lstat (a run without a log: a listing of its folder). With `log.files = 0` nothing
/// tells what was rotated away while nobody looked. One thread.
class Follower {
 public:
  /// `runs` is the folder of the bot's runs.
  explicit Follower(std::string runs, Tally tally = {})
      : runs_(std::move(runs)), tally_(std::move(tally)), log_path_(path_of_log()) {}

  /// Reads at most about `budget` bytes through `buffer`; `run` is the bot's newest run. Returns how many.
  std::size_t look(std::string_view run, std::size_t budget, std::span<char> buffer);

  const Tally& tally() const { return tally_; }
  /// Whether the tally is another since this was asked last.
  bool take_changed() { return std::exchange(changed_, false); }

 private:
  enum class Next { more, wait };

  Next step(std::string_view run, std::span<char> buffer, std::size_t& read);
  bool find_file();
  bool open_rotated();
  void take(std::string_view bytes);
  void take_part(std::string_view part, bool ends);
  void end_line();
  void end_file();
  void next_run(std::string_view newest);

  std::string path_of_log() const { return runs_ + "/" + tally_.at.run + "/out.log"; }

  std::string runs_;
  Tally tally_;
  std::string log_path_;  ///< of the position's run
  bool changed_ = false;
  LogFile file_;
  bool live_ = false;    ///< file_ is out.log, as far as is known
  std::string pending_;  ///< of a line whose end is not there yet; begins at tally_.at.offset
};

}  // namespace steward::logs
