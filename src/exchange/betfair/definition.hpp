#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/money.hpp"

namespace steward::betfair {

enum class MarketStatus : std::uint8_t { inactive, open, suspended, closed };
enum class RunnerStatus : std::uint8_t { active, winner, loser, placed, removed, removed_vacant, hidden };

/// The names of the stream and of the journal: "OPEN", "REMOVED_VACANT".
std::string_view name_of(MarketStatus status);
std::string_view name_of(RunnerStatus status);
std::optional<MarketStatus> market_status(std::string_view name);
std::optional<RunnerStatus> runner_status(std::string_view name);

/// One runner as the market's definition has it.
struct RunnerDefinition {
  std::int64_t selection_id = 0;
  std::int64_t handicap = 0;  ///< hundredths
  RunnerStatus status = RunnerStatus::active;
  std::int32_t sort_priority = 0;
  std::optional<std::int64_t> adjustment_factor;  ///< hundredths of a per cent
  Price bsp = 0;                                  ///< Betfair starting price; 0: none (also "NaN")
  std::string name;                               ///< in archives only
};

/// What `marketDefinition` says; the stream always sends it whole. Names the stream leaves out stay empty.
struct MarketDefinition {
  MarketStatus status = MarketStatus::inactive;
  bool in_play = false;
  bool bsp_market = false;
  bool bsp_reconciled = false;
  bool complete = false;
  bool turn_in_play_enabled = false;
  bool persistence_enabled = false;
  bool cross_matching = false;
  bool runners_voidable = false;
  std::int32_t bet_delay = 0;  ///< seconds
  std::int32_t number_of_winners = 0;
  std::int32_t number_of_active_runners = 0;
  std::int64_t each_way_divisor = 0;  ///< hundredths
  std::int64_t market_base_rate = 0;  ///< hundredths of a per cent
  std::int64_t version = 0;
  WallNs market_time = 0;
  WallNs suspend_time = 0;
  WallNs open_date = 0;
  WallNs settled_time = 0;
  std::string market_type, betting_type, event_id, event_type_id, country_code, venue, timezone;
  std::string name, event_name;  ///< in archives only
  std::string price_ladder;      ///< CLASSIC, FINEST, LINE_RANGE
  std::vector<RunnerDefinition> runners;
};

/// "2022-04-19T18:26:00.000Z" → nanoseconds since 1970. Nothing but that form.
std::optional<WallNs> parse_timestamp(std::string_view text);

}  // namespace steward::betfair
