#include "alerts/inhibition.hpp"

#include "base/table.hpp"

namespace steward::alerts {

namespace {
std::string values_of(const Alarm& alarm, const std::vector<std::string>& labels) {
  std::string key;
  for (const std::string& label : labels) append_key(key, label_of(alarm, label));
  return key;
}
}  // namespace

void Inhibitions::clear() {
  for (auto& firing : sources_) firing.clear();
}

void Inhibitions::add_firing(const Alarm& alarm) {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].source.matches(alarm)) sources_[i].insert(values_of(alarm, rules_[i].equal));
  }
}

bool Inhibitions::inhibited(const Alarm& alarm) const {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const Inhibition& rule = rules_[i];
    if (sources_[i].empty() || !rule.target.matches(alarm) || rule.source.matches(alarm)) continue;
    if (sources_[i].contains(values_of(alarm, rule.equal))) return true;
  }
  return false;
}

}  // namespace steward::alerts
