#pragma once

#include <memory>

#include "exchange/betfair/market_change.hpp"
#include "trading/trade.hpp"

namespace steward::trading {

/// What `--replay` names, as one stream. `now_ms`: where synthetic markets begin.
Result<std::unique_ptr<betfair::MarketStream>> open_input(const TradeOptions& options, std::int64_t now_ms);

/// "key=value", each of them.
Result<std::vector<Setting>> parse_settings(const std::vector<std::string>& texts);

}  // namespace steward::trading
