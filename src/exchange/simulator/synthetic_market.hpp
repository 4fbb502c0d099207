#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/json_writer.hpp"
#include "base/money.hpp"
#include "base/random.hpp"
#include "exchange/betfair/definition.hpp"
#include "exchange/betfair/price_ladder.hpp"

namespace steward::simulator {

/// A made-up horse race with a WIN market, told as the Exchange Stream tells one: ladders, money traded,
/// runners that drift and steam, perhaps a withdrawal, the off, in-play running, a winner. The same seed
/// tells the same race on every machine: all of it is integer arithmetic on ticks.
class SyntheticMarket {
 public:
  struct Times {
    std::int64_t opens = 0, off = 0;  ///< ms since 1970
  };
  SyntheticMarket(std::uint64_t seed, std::string market_id, int race, Times times);

  /// When the next line is published.
  std::int64_t next_time() const { return next_time_; }
  bool finished() const { return phase_ == Phase::finished; }
  /// Replaces `line` by the line of next_time(), without its newline, and moves on.
  void write(std::string& line);

 private:
  enum class Phase : std::uint8_t { opening, betting, going_in_play, in_play, settling, finished };
  using Side = std::array<Pence, betfair::kTicks>;  ///< size by tick
  struct Runner {
    betfair::RunnerDefinition definition;
    std::int32_t position = 0;  ///< where its price stands, in 256ths of a tick
    std::int32_t drift = 0;     ///< what it moves at each turn, likewise
    Side to_back{}, to_lay{}, traded{};
    Pence total = 0;
    Price last_traded = 0;
    std::vector<int> changed_back, changed_lay, changed_traded;  ///< ticks, in this line
    bool changed = false;

    int best_to_back() const { return position / 256; }
    bool active() const { return definition.status == betfair::RunnerStatus::active; }
  };

  std::int64_t between(std::int64_t low, std::int64_t high);
  void make_runners();
  void step();
  void bet();
  void withdraw_one();
  void run_race();
  void move(Runner& runner, std::int32_t by);
  void trade(Runner& runner);
  void quote(Runner& runner);
  void quote_side(Side& side, std::vector<int>& changed, int best, int away);
  void set(Side& side, std::vector<int>& changed, int tick, Pence size);
  void pull_offers();
  void choose_winner();
  void change_status(betfair::MarketStatus status);
  void write_definition(JsonWriter& json) const;
  void write_runner(JsonWriter& json, Runner& runner) const;

  SeededRandom random_;
  std::string market_id_;
  Times times_;
  std::int64_t next_time_;
  std::int64_t ends_ = 0;        ///< of the race
  std::int64_t withdrawal_ = 0;  ///< when a runner is withdrawn; 0: none is
  Phase phase_ = Phase::opening;
  betfair::MarketDefinition market_;
  bool definition_changed_ = false;
  std::vector<Runner> runners_;
  std::size_t winner_ = 0;
  std::int64_t lines_ = 0;
};

}  // namespace steward::simulator
