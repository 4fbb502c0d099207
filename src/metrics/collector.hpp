#pragma once

#include <array>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "metrics/catalogue.hpp"
#include "metrics/registry.hpp"
#include "metrics/run_totals.hpp"
#include "metrics/sources.hpp"

namespace steward::metrics {

/// Brings what the agent knows into the registry. Owns the registry; the totals are borrowed from the agent,
/// which saves them (save_totals) after collect() and before render(). One thread.
class Collector {
 public:
  explicit Collector(RunTotals& totals, std::size_t most_samples = 50'000);

  /// One pass: from now on render() shows this. Called inside Engine::read().
  void collect(const Sources& sources, const state::Model& model);
  /// The exposition into `out`, whose memory is used again.
  void render(Format format, std::string& out) { registry_.render(format, out); }

  const Registry& registry() const { return registry_; }

 private:
  void trading(const state::Model& model);
  void orders(const Sources& sources, const state::Model& model);
  void profits(const state::Model& model);
  void bot(const Sources& sources, const state::Bot& bot);
  void life(const state::Bot& bot);
  void journal(const Sources& sources, const state::Bot& bot);
  void usage(const Sources& sources, const state::Bot& bot, const BotFacts& facts);
  void log(const Label& name, const logs::Tally& tally);
  void scrape(const Sources& sources, const state::Bot& bot, const ScrapeFacts& facts);
  void host(const Sources& sources);
  void host_strain(const HostFacts& host);
  void endpoints(const Sources& sources);
  void backups(const Sources& sources);
  void backup(const backup::JobView& view, WallNs now);
  void disks(const Sources& sources);
  void steward(const Sources& sources);
  void keeper(const Sources& sources, const state::Keeper* keeper);
  void state_engine(const Sources& sources);
  void alerts(const Sources& sources);
  void series(const state::Series& series);
  Family* family_of(const state::Series& series);
  void itself();

  void set(Metric metric, std::initializer_list<Label> labels, Number value);
  void set(Metric metric, Number value) { set(metric, {}, value); }
  /// The total over the runs of the agent, whose count this is.
  std::int64_t lasting(const Sources& sources, std::string_view key, std::int64_t count) {
    return totals_.update(key, sources.agent_run, count);
  }

  RunTotals& totals_;
  Registry registry_;
  std::map<std::string_view, std::int64_t> open_markets_;  ///< of the pass: by bot
  std::array<Family*, static_cast<std::size_t>(Metric::count_)> families_{};
  std::unordered_map<std::string_view, Family*> routes_;  ///< of the pass: by the name of a bot's series
  std::vector<Label> labels_;                             ///< scratch
};

}  // namespace steward::metrics
