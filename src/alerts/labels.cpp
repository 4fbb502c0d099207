#include "alerts/labels.hpp"

#include <algorithm>
#include <functional>

namespace steward::alerts {

std::size_t LabelPool::Hash::operator()(const LabelSet& labels) const {
  std::size_t hash = labels.size();
  for (const auto& [name, value] : labels) {
    hash = hash * 31 + std::hash<std::string>{}(name);
    hash = hash * 31 + std::hash<std::string>{}(value);
  }
  return hash;
}

LabelPool::Labels LabelPool::of(metrics::Labels labels) {
  LabelSet set;
  set.reserve(labels.size());
  for (const metrics::Label& label : labels)
    if (!label.value.empty()) set.emplace_back(label.name, label.value);
  std::ranges::sort(set);
  return of(std::move(set));
}

LabelPool::Labels LabelPool::part(Labels labels, const Grouping& grouping) {
  if (grouping.kind == Grouping::Kind::none) return labels;
  const bool named = grouping.kind == Grouping::Kind::these;
  LabelSet set;
  for (const auto& label : *labels)
    if ((std::ranges::find(grouping.labels, label.first) != grouping.labels.end()) == named)
      set.push_back(label);
  return of(std::move(set));
}

std::string_view value_of(const LabelSet& labels, std::string_view name) {
  const auto at = std::ranges::lower_bound(labels, name, {}, &LabelSet::value_type::first);
  return at != labels.end() && at->first == name ? std::string_view(at->second) : std::string_view();
}

void set_label(LabelSet& labels, std::string_view name, std::string_view value) {
  const auto at = std::ranges::lower_bound(labels, name, {}, &LabelSet::value_type::first);
  const bool there = at != labels.end() && at->first == name;
  if (value.empty()) {
    if (there) labels.erase(at);
  } else if (there) {
    at->second = value;
  } else {
    labels.emplace(at, name, value);
  }
}

}  // namespace steward::alerts
