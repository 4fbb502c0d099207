#include <algorithm>

#include "base/units.hpp"
#include "exchange/simulator/synthetic_market.hpp"

namespace steward::simulator {

namespace {
/// `[[price,size],…]` of the ticks that changed, which it then forgets.
void write_changes(JsonWriter& json, std::string_view key, const std::array<Pence, betfair::kTicks>& side,
                   std::vector<int>& changed) {
  if (changed.empty()) return;
  json.array(key);
  for (const int tick : changed) {
    json.array().raw(format_hundredths(betfair::price_at(tick)));
    json.raw(format_hundredths(side[static_cast<std::size_t>(tick)])).end();
  }
  json.end();
  changed.clear();
}
}  // namespace

void SyntheticMarket::write_runner(JsonWriter& json, Runner& runner) const {
  json.object();
  write_changes(json, "atb", runner.to_back, runner.changed_back);
  write_changes(json, "atl", runner.to_lay, runner.changed_lay);
  if (!runner.changed_traded.empty()) {
    json.raw_field("ltp", format_hundredths(runner.last_traded))
        .raw_field("tv", format_hundredths(runner.total));
  }
  write_changes(json, "trd", runner.traded, runner.changed_traded);
  json.field("id", runner.definition.selection_id).end();
}

void SyntheticMarket::write_definition(JsonWriter& json) const {
  const auto active = std::ranges::count_if(runners_, &Runner::active);
  json.object("marketDefinition").field("bspMarket", true).field("turnInPlayEnabled", true);
  json.field("persistenceEnabled", true).field("marketBaseRate", 5).field("eventId", market_.event_id);
  json.field("eventTypeId", "7")
      .field("numberOfWinners", 1)
      .field("bettingType", "ODDS")
      .field("marketType", "WIN");
  json.field("marketTime", format_utc(market_.market_time))
      .field("suspendTime", format_utc(market_.market_time));
  json.field("bspReconciled", market_.bsp_reconciled)
      .field("complete", true)
      .field("inPlay", market_.in_play);
  json.field("crossMatching", false).field("runnersVoidable", false).field("numberOfActiveRunners", active);
  json.field("betDelay", market_.bet_delay).field("status", name_of(market_.status));
  if (market_.settled_time != 0) json.field("settledTime", format_utc(market_.settled_time));
  json.array("runners");
  for (const Runner& runner : runners_) {
    const betfair::RunnerDefinition& definition = runner.definition;
    json.object().field("status", name_of(definition.status)).field("sortPriority", definition.sort_priority);
    json.raw_field("adjustmentFactor", format_hundredths(definition.adjustment_factor.value_or(0)));
    if (definition.bsp != 0) json.raw_field("bsp", format_hundredths(definition.bsp));
    json.field("id", definition.selection_id).field("name", definition.name).end();
  }
  json.end();
  json.array("regulators").value("MR_INT").end().field("venue", market_.venue).field("countryCode", "GB");
  json.field("discountAllowed", true)
      .field("timezone", "Europe/London")
      .field("openDate", format_utc(market_.open_date));
  json.field("version", market_.version).field("name", market_.name).field("eventName", market_.event_name);
  json.object("priceLadderDefinition").field("type", "CLASSIC").end().end();
}

}  // namespace steward::simulator
