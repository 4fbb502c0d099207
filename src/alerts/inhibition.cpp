#include "alerts/inhibition.hpp"

#include "base/table.hpp"

namespace steward::alerts {

namespace {
/// What a bigger trouble explains is not told beside it; of what is critical nothing is kept back, and what
/// Steward itself cannot do keeps nothing back but its own small troubles.
struct Usual {
  const char *source, *target;
  std::vector<std::string> equal;
};
const std::vector<Usual>& usual() {
  static const std::vector<Usual> kUsual{
      {R"(rule="bot-not-ready")", R"(bot!="",severity!="critical")", {"bot"}},
      {R"(rule="bot-struggling")", R"(bot!="",severity!="critical")", {"bot"}},
      {R"(rule="bot-struggling")", R"(rule="bot-not-ready")", {"bot"}},
      {R"(rule="keeper-away")", R"(rule="keeper-trouble")", {}},
      {R"(rule="host-disk")", R"(rule="host-disk-filling")", {"mountpoint"}},
  };
  return kUsual;
}

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

std::vector<Inhibition> inhibitions_of(const config::Settings& settings, config::Problems* problems) {
  std::vector<Inhibition> all;
  for (const config::AlertInhibit& given : settings.alert_life.inhibits) {
    auto source = AlarmMatcher::parse(given.source), target = AlarmMatcher::parse(given.target);
    if (source && target) {
      all.push_back({std::move(*source), std::move(*target), given.equal});
    } else if (problems != nullptr) {
      problems->push_back({settings.file, given.line, (source ? target : source).error().message()});
    }
  }
  for (const Usual& one : usual())
    all.push_back({*AlarmMatcher::parse(one.source), *AlarmMatcher::parse(one.target), one.equal});
  return all;
}

}  // namespace steward::alerts
