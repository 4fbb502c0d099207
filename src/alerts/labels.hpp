#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_set>

#include "alerts/alarm.hpp"
#include "alerts/expression.hpp"
#include "metrics/label.hpp"

namespace steward::alerts {

/// Label sets that are equal are one here, so that they are compared by address. One thread.
class LabelPool {
 public:
  using Labels = const LabelSet*;

  Labels of(LabelSet labels) { return &*sets_.insert(std::move(labels)).first; }
  /// Sorted, without empty ones, which count as absent.
  Labels of(metrics::Labels labels);
  /// The part that a grouping goes by; all of them for Grouping::Kind::none.
  Labels part(Labels labels, const Grouping& grouping);
  void clear() { sets_.clear(); }
  void swap(LabelPool& other) noexcept { sets_.swap(other.sets_); }

 private:
  struct Hash {
    std::size_t operator()(const LabelSet& labels) const;
  };
  std::unordered_set<LabelSet, Hash> sets_;
};

/// The label's value; empty when there is none.
std::string_view value_of(const LabelSet& labels, std::string_view name);
/// Sets one label; an empty value takes it out.
void set_label(LabelSet& labels, std::string_view name, std::string_view value);

}  // namespace steward::alerts
