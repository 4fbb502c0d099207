#pragma once

#include <string>

#include "base/result.hpp"
#include "keeper/plan.hpp"
#include "os/fd.hpp"

namespace steward::keeper {

/// All that a run needs on disk, and the open ends of it: record, first journal segment, output FIFO and
/// notify socket. Made ahead of the start in a spare folder, so that a restart makes no file and waits for no
/// disk.
struct RunFiles {
  std::string folder;
  std::string notify_path;
  Fd record;
  Fd output;  ///< our end of out.fifo: read and write, so that it stays open whoever else goes; non-blocking
  Fd output_bot;  ///< the bot's end: also read and write, so that it gets no SIGPIPE while no keeper lives
  Fd notify;
};

/// Makes `folder` anew (what is left there from before goes) with everything in it, owned as the bot's user
/// needs it.
Result<RunFiles> make_run_files(const std::string& folder, const std::string& notify_path,
                                const BotSpec& spec);

/// Opens what an earlier keeper made. A notify socket whose descriptor did not come along is bound anew at
/// its path.
Result<RunFiles> reopen_run_files(const std::string& folder, const std::string& notify_path,
                                  const BotSpec& spec, Fd notify);

/// Removes a run's folder of files (no folders in it) and the folder.
void remove_run_folder(const std::string& folder);

/// The bot's environment: the host's PATH, LANG, TZ, HOME and USER, then env_file, then the plan's; then the
/// contract's variables. Code::invalid names the line of an env_file that is not NAME=VALUE.
Result<std::vector<std::string>> bot_environment(const BotSpec& spec, const std::string& run_folder,
                                                 const std::string& gate, const std::string& run,
                                                 const std::string& notify_path);

/// The lines of an env_file: NAME=VALUE, "# comment", "export NAME=VALUE"; a value may stand between two " or
/// two '.
Result<std::vector<std::pair<std::string, std::string>>> parse_env_file(std::string_view text);

}  // namespace steward::keeper
