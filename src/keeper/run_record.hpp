#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace steward::keeper {

/// What is written down of a run before it starts, so that a later keeper can find the process, know it from
/// another with the same pid, and go on where this one stopped. One file of kRunRecordSize bytes,
/// preallocated: filling it in cannot fail for want of space. The child itself writes `pid` before its exec.
struct RunRecord {
  pid_t pid = 0;  ///< 0: never started
  std::string bot, run;
  std::uint64_t start_time = 0;  ///< of proc(5); 0: the keeper died before it could look
  std::string boot_id;
  std::uint64_t pid_namespace = 0;
  std::string cgroup, memory_cgroup;
  std::string spec;
  std::string notify;  ///< path of its notify socket
  std::uint64_t restarts = 0;
  MonoNs started = 0;
  std::int64_t oom_before = 0;  ///< the group's count of out-of-memory kills at the start
  bool ready = false, armed = false;
  bool ended = false;
  MonoNs ended_at = 0;
  int failures = 0;       ///< runs in a row that came to nothing, this one included
  bool finished = false;  ///< its restart setting leaves it ended

  bool operator==(const RunRecord&) const = default;
};

inline constexpr std::size_t kRunRecordSize = 8192;
/// Where the ten digits of the pid are.
inline constexpr std::int64_t kRunRecordPidAt = 18;

/// Exactly kRunRecordSize bytes; Code::invalid when the texts do not fit.
Result<std::string> format_run_record(const RunRecord& record);
Result<RunRecord> parse_run_record(std::string_view bytes);

}  // namespace steward::keeper
