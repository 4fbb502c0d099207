#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace steward::agent {

/// How a backup's process ended: a wait status, and the end of what it had printed.
struct ChildEnd {
  int status = 0;
  std::string output;
};

/// Starts `steward backup run|drill JOB`, or `steward backup clear` (docs/decisions/0009), one at a time, and
/// tells when it has ended. Tests have another.
class BackupLauncher {
 public:
  virtual ~BackupLauncher() = default;
  /// `verb`: "run", "drill", or "clear" without a job. Not while one runs.
  virtual Status start(std::string_view verb, const std::string& job) = 0;
  /// How it ended, told once.
  virtual std::optional<ChildEnd> ended() = 0;
};

/// The real one. The process is made to outlive the agent: it is not in the agent's control group, session or
/// run, and what it prints goes to a file, STATE/backup/JOB.out (clear.out). Control thread.
class BackupChild final : public BackupLauncher {
 public:
  /// As the agent's Options.
  BackupChild(std::string program, std::string state, std::string config);
  Status start(std::string_view verb, const std::string& job) override;
  std::optional<ChildEnd> ended() override;

 private:
  std::string program_, state_, config_, output_;
  Fd pidfd_;
  std::vector<pid_t> inherited_;  ///< children of the agent that this process was before its exec
};

}  // namespace steward::agent
