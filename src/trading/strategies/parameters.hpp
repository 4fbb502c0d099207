#pragma once

#include <map>
#include <string>
#include <vector>

#include "trading/strategy.hpp"

namespace steward::trading {

/// A strategy's parameters with the user's settings in place of the defaults. The first thing wrong is kept
/// and told by check(), so that a constructor can simply read all it needs.
class Parameters {
 public:
  Parameters(const StrategyInfo& info, const std::vector<Setting>& settings);

  Pence money(const std::string& name);
  Price price(const std::string& name);
  /// "90s", "2m", or a number of seconds; in ms.
  std::int64_t duration_ms(const std::string& name);
  /// "12.5" or "12.5%", in hundredths of a per cent.
  std::int64_t percent(const std::string& name);
  /// One of `choices`.
  std::string choice(const std::string& name, const std::vector<std::string>& choices);

  Status check() const;

 private:
  void wrong(const std::string& name, std::string_view expected);

  std::string strategy_;
  std::map<std::string, std::string> values_;
  std::string problem_;
};

}  // namespace steward::trading
