// steward logs
#include <poll.h>

#include "cli/control.hpp"
#include "cli/log_reader.hpp"
#include "cli/terminal.hpp"
#include "cli/zone.hpp"
#include "config/nearest.hpp"
#include "os/files.hpp"

namespace steward::cli {

namespace {

constexpr std::int64_t kUsualLines = 100;
constexpr int kFollowMilliseconds = 200;

Error unknown_bot(const std::string& state, const std::string& name) {
  const auto names = list_folder(state + "/bots").value_or(std::vector<std::string>{});
  const std::string_view meant = config::nearest(name, {names.begin(), names.end()});
  return {Code::not_found,
          fmt::format("{} has no logs of a bot \"{}\"{}", state, name,
                      meant.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", meant))};
}

Result<LogRange> range_of(const Options& options) {
  LogRange range;
  range.lines = options.lines;
  if (options.since.empty()) {
    if (options.lines < 0) range.lines = kUsualLines;
    return range;
  }
  auto since = parse_since(options.since, SystemClock().wall());
  if (!since) return std::unexpected(since.error());
  range.since = std::move(*since);
  return range;
}

}  // namespace

int run_logs(const Options& options) {
  const auto state = state_of(options);
  if (!state) return complain(state.error());
  if (const auto settings = settings_of(options)) use_zone(settings->timezone);
  const auto range = range_of(options);
  if (!range) return complain(range.error());
  const std::string bot = options.name == "agent" ? *state + "/agent" : *state + "/bots/" + options.name;
  if (options.name.find('/') != std::string::npos || !exists(bot))
    return complain(unknown_bot(*state, options.name));
  const auto files = log_files(bot + "/runs");
  const std::int64_t offset = print_log(files, *range, print);
  if (!options.follow) return kDone;
  LogFollower follower(bot + "/runs", files.empty() ? "" : files.back(), offset);
  while (true) {
    follower.step(print);
    ::poll(nullptr, 0, kFollowMilliseconds);
  }
}

}  // namespace steward::cli
