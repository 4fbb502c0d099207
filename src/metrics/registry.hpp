#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "metrics/family.hpp"

namespace steward::metrics {

/// All that /metrics shows. Filled in passes (begin, set every series, end), rendered any number of times
/// between them, and read by rules as a source of series. One thread at a time.
class Registry final : public SeriesSource {
 public:
  /// `most_lines`: samples in all. The last tenth is kept for Steward's own, so that no bot crowds them out.
  explicit Registry(std::size_t most_lines = 50'000) : most_lines_(most_lines) {}

  /// A family of Steward's own; it stays, also without series. Fails on a bad name or help, on a counter that
  /// does not end in _total or an info that does not end in _info, and on a name that another family's
  /// samples have. `bounds`: a histogram's upper bounds, growing, without +Inf.
  Result<Family*> add(std::string name, std::string help, Kind kind, std::vector<Number> bounds = {});

  /// A bot's family: found by its name or made, and forgotten once it has no series. Null when the name is
  /// bad or taken by the samples of another family. A counter becomes untyped when its name does not end in
  /// _total, or is taken without it (OpenMetrics has no such counters).
  Family* visiting(std::string_view name, Kind kind);

  /// Whether one of Steward's own families has samples of this name.
  bool own(std::string_view sample_name) const { return own_names_.contains(sample_name); }

  /// Counts a sample that has no family to go to.
  void refuse() { ++budget_.dropped_invalid; }

  void begin();
  void end();
  /// Replaces `out`, whose memory is used again, by the whole exposition.
  void render(Format format, std::string& out);

  std::uint64_t generation() const override { return budget_.generation; }
  void each_series(std::string_view sample_name, const Visit& visit) const override;

  const Budget& budget() const { return budget_; }
  /// What the last whole pass dropped.
  const Budget& last_pass() const { return last_pass_; }

 private:
  const Family* find(std::string_view name) const;
  bool taken(const std::vector<std::string>& names) const;

  std::size_t most_lines_;
  Budget budget_, last_pass_;
  std::vector<std::unique_ptr<Family>> own_;
  std::map<std::string, std::unique_ptr<Family>, std::less<>> visiting_;
  std::set<std::string, std::less<>> own_names_, visiting_names_;
  std::string scratch_;
};

}  // namespace steward::metrics
