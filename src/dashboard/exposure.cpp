#include "dashboard/exposure.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace steward::dashboard {

AtRisk at_risk(const std::vector<state::Position>& positions) {
  struct Book {
    Pence none_wins = 0;   // every runner bet on loses
    Pence worst_gain = 0;  // what changes when the worst of them wins instead
  };
  std::map<std::tuple<std::string, std::string, std::string, Pence, bool>, Book> books;
  for (const auto& position : positions) {
    Book& book =
        books[{position.bot, position.strategy, position.market_id, position.handicap, position.simulated}];
    book.none_wins += position.if_lose;
    book.worst_gain = std::min(book.worst_gain, position.if_win - position.if_lose);
  }
  AtRisk sum;
  for (const auto& [key, book] : books) {
    (std::get<bool>(key) ? sum.paper : sum.money) += std::max<Pence>(0, -(book.none_wins + book.worst_gain));
  }
  return sum;
}

}  // namespace steward::dashboard
