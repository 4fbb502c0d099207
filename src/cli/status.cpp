// steward status
#include <poll.h>

#include "base/units.hpp"
#include "cli/control.hpp"
#include "cli/status_table.hpp"
#include "cli/terminal.hpp"
#include "cli/zone.hpp"

namespace steward::cli {

namespace {

int print_json(Control& control) {
  if (const auto answer = control.status_json()) {
    print(*answer + "\n");
    return kDone;
  }
  const auto report = control.status();
  if (!report) return complain(report.error());
  print(to_json(*report));
  return kDone;
}

int print_table(Control& control, const std::string& zone) {
  const auto report = control.status();
  if (!report) return complain(report.error());
  use_zone(report->timezone.empty() ? zone : report->timezone);
  print(status_table(*report, colours()));
  return kDone;
}

}  // namespace

int run_status(const Options& options) {
  const auto state = state_of(options);
  if (!state) return complain(state.error());
  Control control(*state);
  if (options.json && !options.watch) return print_json(control);
  const auto settings = settings_of(options);
  const std::string zone = settings ? settings->timezone : "";
  if (!options.watch) return print_table(control, zone);
  while (true) {
    if (colours() && !options.json) print("\x1b[H\x1b[2J");
    const int status = options.json ? print_json(control) : print_table(control, zone);
    if (status != kDone && !colours()) return status;
    ::poll(nullptr, 0, 1000);
  }
}

}  // namespace steward::cli
