#include "dashboard/exposure.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace steward::dashboard {

std::vector<Exposure> exposures(const std::vector<state::Position>& positions) {
  struct Book {
    Pence none_wins = 0;       // every runner bet on loses
    std::vector<Pence> gains;  // what changes when that one wins instead
  };
  std::map<std::tuple<std::string, std::string, std::string, Pence>, Book> books;
  for (const auto& position : positions) {
    Book& book = books[{position.bot, position.strategy, position.market_id, position.handicap}];
    book.none_wins += position.if_lose;
    book.gains.push_back(position.if_win - position.if_lose);
  }
  std::vector<Exposure> all;
  for (const auto& [key, book] : books) {
    const Pence worst = book.none_wins + std::min<Pence>(0, *std::ranges::min_element(book.gains));
    all.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), worst});
  }
  return all;
}

Pence at_risk(const std::vector<Exposure>& all) {
  Pence sum = 0;
  for (const auto& exposure : all) sum -= std::min<Pence>(0, exposure.worst);
  return sum;
}

}  // namespace steward::dashboard
