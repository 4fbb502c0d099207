#include "trading/gate.hpp"

#include <ctime>

#include "base/clock.hpp"
#include "keeper/gate.hpp"

namespace steward::trading {

bool GateFile::open(std::string& reason) {
  bool missing = false;
  const keeper::Gate gate = keeper::load_gate(path_, missing);
  if (!gate.open) {
    reason = gate.reason.empty() ? "closed" : gate.reason;
    return false;
  }
  if (gate.deadline == 0) return true;
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  if (now.tv_sec * kSecond + now.tv_nsec < gate.deadline) return true;
  reason = "the gate's deadline has passed";
  return false;
}

}  // namespace steward::trading
