#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace steward::convert {

/// What a crontab's command is about, without what keeps it running (flock, pgrep ||, nohup, &) and without
/// redirections of its output.
struct CronCommand {
  std::vector<std::string> words;                                ///< empty: none could be seen
  std::string folder;                                            ///< of a leading `cd FOLDER &&`
  std::vector<std::pair<std::string, std::string>> environment;  ///< of leading NAME=value
  std::string name;          ///< a name for it: the script's, or its folder's
  bool keeps_alive = false;  ///< its one purpose is that the program runs
  std::vector<std::string> lost, notes;
};

/// Reads a command of /bin/sh as far as is clear; what is not stays a shell's.
CronCommand read_cron_command(std::string_view command);

}  // namespace steward::convert
