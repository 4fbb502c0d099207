// links: steward_keeper
// What a keeper reads of its predecessors: run records, the note of an upgrade, /proc/PID/stat, cgroup and
// mount lists, env files.
#include <cstdint>
#include <cstdlib>

#include "keeper/handoff.hpp"
#include "keeper/run_files.hpp"
#include "keeper/run_record.hpp"
#include "os/cgroup.hpp"
#include "os/process.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace steward;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto record = keeper::parse_run_record(text)) {
    const auto bytes = keeper::format_run_record(*record);
    if (bytes && *keeper::parse_run_record(*bytes) != *record) std::abort();
  }
  [[maybe_unused]] const auto handoff = keeper::parse_handoff(text);
  [[maybe_unused]] const auto entries = keeper::parse_env_file(text);
  [[maybe_unused]] const auto facts = parse_process_facts(text);
  const auto half = text.size() / 2;
  [[maybe_unused]] const auto place = find_cgroups(text.substr(0, half), text.substr(half));
  return 0;
}
