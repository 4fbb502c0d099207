#pragma once

#include <fmt/format.h>

#include <set>
#include <string>

#include "state/rows.hpp"
#include "state/trading_sense.hpp"

namespace steward::store {

/// The model as sorted lines of text without ids, so that two may be compared.
class Dump {
 public:
  explicit Dump(const state::Model& model) {
    const auto each = [this](const auto&... tables) { (table(tables), ...); };
    each(model.bots, model.orders, model.markets, model.positions, model.profits, model.ledgers, model.days,
         model.placed, model.latencies, model.activities, model.hours, model.series, model.notes,
         model.bad_lines, model.keepers);
  }
  /// And what is not kept in state.db but made anew.
  std::string text_with_sense(const state::Model& model, WallNs now) {
    for (const auto& [strategy, sense] : state::trading_sense(model, now)) {
      lines_.insert(fmt::format(
          "sense {} {} {} {} {} {} {} {} {} {} {}", strategy, sense.open_orders, sense.unknown_orders,
          sense.in_play_orders, sense.oldest_unmatched, sense.latency.quantile(0.5).value_or(-1),
          sense.latency.quantile(0.99).value_or(-1), sense.at_risk.money, sense.at_risk.paper,
          sense.drawdown.value_or(-1), sense.usual_ratio.value_or(-1)));
    }
    return text();
  }
  std::string text() const { return fmt::format("{}", fmt::join(lines_, "\n")); }

 private:
  template <class Row>
  void table(const Table<Row>& table) {
    for (const auto& [id, entry] : table.rows()) {
      std::string line = typeid(Row).name();
      columns(entry.row, [&]<class T>(std::string_view name, const T& field) {
        if (std::is_same_v<Row, state::BadLine> && name == "at") return;  // when it was read
        line += fmt::format(" {}=", name);
        append(line, field);
      });
      lines_.insert(line);
    }
  }
  template <class T>
  static void append(std::string& line, const T& field) {
    if constexpr (std::is_enum_v<T>) {
      line += fmt::format("{}", static_cast<int>(field));
    } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
      line += fmt::format("{}", field);
    } else {
      for (const auto& item : field) append(line, item), line += ',';
    }
  }
  template <class V>
  static void append(std::string& line, const std::pair<const std::string, V>& item) {
    line += fmt::format("{}:{}", item.first, item.second);
  }

  std::multiset<std::string> lines_;
};

}  // namespace steward::store
