#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "alerts/expression.hpp"
#include "alerts/labels.hpp"
#include "alerts/series_table.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace steward::alerts {

/// One value of an expression's result. The labels live until the table's next update().
struct Sample {
  LabelPool::Labels labels = nullptr;
  double value = 0;
};
using Vector = std::vector<Sample>;

/// An expression with its selectors' places in a SeriesTable.
struct Program {
  Expression expression;
  std::vector<std::uint32_t> selectors;  ///< by node; of other kinds unused
};
Program compile(Expression expression, SeriesTable& table);

/// Works out expressions node by node, without recursion; its memory is used again. Semantics are those of
/// PromQL's instant queries, except where docs/alerts.md says otherwise. One thread.
class Evaluator {
 public:
  /// The result, which stays until the next call; a fault where PromQL has one (many-to-many matching).
  Result<const Vector*> run(const Program& program, SeriesTable& table, MonoNs now, WallNs wall);

 private:
  struct Slot {
    double scalar = 0;
    Vector vector;
  };
  using Keyed = std::vector<std::pair<LabelPool::Labels, std::uint32_t>>;  ///< sorted by address

  Status evaluate(const Program& program, std::size_t index);
  void select(const Program& program, std::size_t index);
  void call(const Program& program, const Node& node, Slot& out);
  void over_range(const Program& program, const Node& node, Slot& out);
  void absent(const Program& program, const Node& node, Slot& out);
  void aggregate(const Node& node, Slot& out);
  Status binary(const Program& program, const Node& node, Slot& out);
  void with_scalar(const Node& node, const Vector& series, double number, bool series_left, Vector& out);
  void logical(const Node& node, const Vector& left, const Vector& right, Vector& out);
  Status match(const Node& node, const Vector& left, const Vector& right, Vector& out);
  LabelPool::Labels matched_labels(const Node& node, const Sample& left, const Sample& right);
  /// The right side by what it is matched on.
  void key_right(const Node& node, const Vector& right);
  bool in_right(LabelPool::Labels key) const;
  Slot& child(const Node& node, std::size_t which) { return slots_[node.children[which]]; }

  std::vector<Slot> slots_;
  Keyed right_, taken_;
  SeriesTable* table_ = nullptr;
  MonoNs now_ = 0;
  WallNs wall_ = 0;
};

/// The value below which the part `quantile` lies, of buckets with the label le (Prometheus 2.42,
/// promql/quantile.go).
void histogram_quantile(double quantile, const Vector& buckets, LabelPool& pool, Vector& out);

}  // namespace steward::alerts
