#include "trading/strategy.hpp"

#include "trading/strategies/back_favourite.hpp"
#include "trading/strategies/lay_the_drifter.hpp"

namespace steward::trading {

namespace {
template <class Kind>
Result<std::unique_ptr<Strategy>> make(const StrategyInfo& info, const std::vector<Setting>& settings) {
  Parameters parameters(info, settings);
  auto strategy = std::make_unique<Kind>(parameters);
  if (auto good = parameters.check(); !good) return std::unexpected(std::move(good).error());
  return strategy;
}

/// A strategy and how it is made; to add one, add its row.
struct Entry {
  StrategyInfo info;
  Result<std::unique_ptr<Strategy>> (*make)(const StrategyInfo&, const std::vector<Setting>&);
};

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all{{BackFavourite::info(), make<BackFavourite>},
                                      {LayTheDrifter::info(), make<LayTheDrifter>}};
  return all;
}
}  // namespace

std::vector<StrategyInfo> strategies() {
  std::vector<StrategyInfo> infos;
  for (const Entry& entry : entries()) infos.push_back(entry.info);
  return infos;
}

Result<std::unique_ptr<Strategy>> make_strategy(std::string_view name, const std::vector<Setting>& settings) {
  std::string known;
  for (const Entry& entry : entries()) {
    if (entry.info.name == name) return entry.make(entry.info, settings);
    known += (known.empty() ? "" : ", ") + std::string(entry.info.name);
  }
  return fail(Code::invalid, "there is no strategy \"{}\"; there are {}", name, known);
}

}  // namespace steward::trading
