// steward halt, resume: close and open the gate.
#include "cli/control.hpp"
#include "cli/terminal.hpp"

namespace steward::cli {

namespace {

int set_gate(const Options& options, const Order& order) {
  const auto state = state_of(options);
  if (!state) return complain(state.error());
  Control control(*state);
  if (auto done = control.carry_out(order); !done) return complain(done.error());
  const std::string whose = options.name.empty() ? "every gate" : "the gate of " + options.name;
  print(fmt::format("{} is {}\n", whose, order.command == "halt" ? "closed: no new orders" : "open"));
  return kDone;
}

}  // namespace

int run_halt(const Options& options) {
  const std::string reason = options.reason.empty() ? "halted by " + own_user() : options.reason;
  return set_gate(options, {"halt", options.name.empty() ? "*" : options.name, reason});
}

int run_resume(const Options& options) {
  return set_gate(options, {"resume", options.name.empty() ? "*" : options.name, ""});
}

}  // namespace steward::cli
