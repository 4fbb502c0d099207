#pragma once

#include <map>
#include <string>
#include <vector>

#include "keeper/launcher.hpp"
#include "keeper/life_cycle.hpp"

namespace steward::keeper {

/// The twin of ProcessLauncher, BotStore and the journal for tests: processes are rows of a table. A test
/// kills them, and hears through `violations` when the supervisor does what it must never do.
class FakeWorld final : public Launcher, public BotStore, public EventSink {
 public:
  struct Process {
    Launched launched;
    bool main_lives = true;
    bool obeys = true;  ///< SIGTERM ends it
    int strays = 0;     ///< left behind; each clear() ends one
    RunNote note;
  };

  Result<Launched> launch(const BotSpec& spec, std::uint64_t restarts) override {
    if (runs.contains(spec.name)) violations.push_back(spec.name + " started beside its last run");
    if (refuse_launches) return fail(Code::unavailable, "no descriptors are left");
    const Launched launched{.run = fmt::format("RUN{:06}", ++serial), .pid = static_cast<pid_t>(serial)};
    if (counters.contains(spec.name) && restarts != counters[spec.name] + 1)
      violations.push_back(spec.name + ": restarts jumped");
    counters[spec.name] = restarts;
    starts.push_back(spec.name);
    runs[spec.name] = {.launched = launched};
    return launched;
  }
  void signal(const std::string& bot, int signal) override {
    const auto it = runs.find(bot);
    if (it != runs.end() && it->second.main_lives && it->second.obeys) dying.emplace_back(bot, signal);
  }
  void kill(const std::string& bot) override {
    const auto it = runs.find(bot);
    if (it == runs.end()) return;
    it->second.strays = 0;
    if (it->second.main_lives) dying.emplace_back(bot, 9);
  }
  Result<bool> clear(const std::string& bot) override {
    Process& process = runs.at(bot);
    if (process.main_lives) violations.push_back(bot + " cleared while it lives");
    if (process.strays == 0) return true;
    --process.strays;
    return false;
  }
  Remains remains(const std::string&) const override { return {}; }
  void note(const std::string& bot, const RunNote& note) override { runs.at(bot).note = note; }
  void finish(const std::string& bot) override {
    if (runs.at(bot).strays > 0) violations.push_back(bot + " finished with strays");
    stops.push_back(bot);
    runs.erase(bot);
  }
  void forget(const std::string& bot) override { counters.erase(bot); }

  Past load(const BotSpec& spec) override {
    Past past = pasts[spec.name];
    if (gates.contains(spec.name)) past.gate = gates[spec.name];
    if (past.found && past.found->alive) runs[spec.name] = {.launched = past.found->run};
    return past;
  }
  Status save_gate(const BotSpec& spec, const Gate& gate) override {
    if (disk_full) return fail(Code::unavailable, "no space left");
    if (gate.epoch <= gates[spec.name].epoch && gates.contains(spec.name) && gates[spec.name].epoch > 0) {
      violations.push_back(spec.name + ": the epoch did not grow");
    }
    gates[spec.name] = gate;
    return {};
  }
  Status save_down(const BotSpec&, bool) override {
    if (disk_full) return fail(Code::unavailable, "no space left");
    return {};
  }

  void event(std::string json) override { events.push_back(std::move(json)); }
  int count(std::string_view text) const {
    int found = 0;
    for (const auto& event : events) found += event.find(text) != std::string::npos ? 1 : 0;
    return found;
  }

  std::map<std::string, Process> runs;
  std::map<std::string, std::uint64_t> counters;
  std::map<std::string, Gate> gates;
  std::map<std::string, Past> pasts;
  std::vector<std::pair<std::string, int>> dying;  ///< main processes whose end is to be told: bot, signal
  std::vector<std::string> starts, stops, events, violations;
  bool refuse_launches = false, disk_full = false;
  std::uint64_t serial = 0;
};

}  // namespace steward::keeper
