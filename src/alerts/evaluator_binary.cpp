// Two sides: which series belong together, and what comes of them.
#include <algorithm>
#include <functional>

#include "alerts/evaluator.hpp"
#include "alerts/expression_names.hpp"

namespace steward::alerts {

namespace {

double calculate(Operator op, double left, double right) {
  switch (op) {
    case Operator::add:
      return left + right;
    case Operator::subtract:
      return left - right;
    case Operator::multiply:
      return left * right;
    default:
      return left / right;
  }
}

bool holds(Operator op, double left, double right) {
  switch (op) {
    case Operator::equal:
      return left == right;
    case Operator::not_equal:
      return left != right;
    case Operator::greater:
      return left > right;
    case Operator::greater_equal:
      return left >= right;
    case Operator::less:
      return left < right;
    default:
      return left <= right;
  }
}

/// The sample that comes of a pair: a comparison keeps `kept` or gives nothing.
void combine(Operator op, LabelPool::Labels labels, double left, double right, double kept, Vector& out) {
  if (!compares(op)) {
    out.push_back({labels, calculate(op, left, right)});
  } else if (holds(op, left, right)) {
    out.push_back({labels, kept});
  }
}

}  // namespace

Status Evaluator::binary(const Program& program, const Node& node, Slot& out) {
  const auto scalar = [&](std::size_t which) {
    return program.expression.nodes[node.children[which]].type == Node::Type::scalar;
  };
  const Slot &left = child(node, 0), &right = child(node, 1);
  if (scalar(0) && scalar(1)) {
    out.scalar = calculate(node.op, left.scalar, right.scalar);
  } else if (scalar(1)) {
    with_scalar(node, left.vector, right.scalar, true, out.vector);
  } else if (scalar(0)) {
    with_scalar(node, right.vector, left.scalar, false, out.vector);
  } else if (steward::alerts::logical(node.op)) {
    logical(node, left.vector, right.vector, out.vector);
  } else {
    return match(node, left.vector, right.vector, out.vector);
  }
  return {};
}

void Evaluator::with_scalar(const Node& node, const Vector& series, double number, bool series_left,
                            Vector& out) {
  for (const Sample& sample : series) {
    const double left = series_left ? sample.value : number, right = series_left ? number : sample.value;
    combine(node.op, sample.labels, left, right, sample.value, out);
  }
}

void Evaluator::key_right(const Node& node, const Vector& right) {
  right_.clear();
  for (std::uint32_t i = 0; i < right.size(); ++i)
    right_.emplace_back(table_->pool().part(right[i].labels, node.grouping), i);
  std::ranges::sort(right_);
}

bool Evaluator::in_right(LabelPool::Labels key) const {
  return std::ranges::binary_search(right_, key, std::less<>(), &Keyed::value_type::first);
}

void Evaluator::logical(const Node& node, const Vector& left, const Vector& right, Vector& out) {
  if (node.op != Operator::logical_or) {
    key_right(node, right);
    for (const Sample& sample : left)
      if (in_right(table_->pool().part(sample.labels, node.grouping)) == (node.op == Operator::logical_and))
        out.push_back(sample);
    return;
  }
  out.assign(left.begin(), left.end());
  key_right(node, left);
  for (const Sample& sample : right)
    if (!in_right(table_->pool().part(sample.labels, node.grouping))) out.push_back(sample);
}

Status Evaluator::match(const Node& node, const Vector& left, const Vector& right, Vector& out) {
  key_right(node, right);
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (std::ranges::adjacent_find(right_, same) != right_.end())
    return fail(Code::invalid,
                "several series on the right of {} belong to one on the left; name the labels that tell them "
                "apart with on(…)",
                name_of(node.op));
  taken_.clear();
  for (const Sample& sample : left) {
    const auto key = table_->pool().part(sample.labels, node.grouping);
    const auto at = std::ranges::lower_bound(right_, key, std::less<>(), &Keyed::value_type::first);
    if (at == right_.end() || at->first != key) continue;
    const Sample& other = right[at->second];
    const auto labels = matched_labels(node, sample, other);
    taken_.emplace_back(node.group_left ? labels : key, 0);
    combine(node.op, labels, sample.value, other.value, sample.value, out);
  }
  std::ranges::sort(taken_);
  if (std::ranges::adjacent_find(taken_, same) != taken_.end())
    return fail(Code::invalid,
                "several series on the left of {} belong to one on the right; write group_left, or name the "
                "labels that tell them apart with on(…)",
                name_of(node.op));
  return {};
}

LabelPool::Labels Evaluator::matched_labels(const Node& node, const Sample& left, const Sample& right) {
  if (!node.group_left) return table_->pool().part(left.labels, node.grouping);
  if (node.include.empty()) return left.labels;
  LabelSet labels = *left.labels;
  for (const std::string& name : node.include) set_label(labels, name, value_of(*right.labels, name));
  return table_->pool().of(std::move(labels));
}

}  // namespace steward::alerts
