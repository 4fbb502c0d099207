#include "alerts/evaluator.hpp"

#include <algorithm>
#include <cmath>

#include "alerts/expression_names.hpp"

namespace steward::alerts {

Program compile(Expression expression, SeriesTable& table) {
  Program program;
  program.selectors.resize(expression.nodes.size());
  for (std::size_t i = 0; i < expression.nodes.size(); ++i) {
    const Node& node = expression.nodes[i];
    if (node.kind == Node::Kind::selector && node.type == Node::Type::vector)
      program.selectors[i] = table.want(node, std::nullopt);
    if (node.kind != Node::Kind::call) continue;
    for (const std::uint32_t child : node.children)  // a range stands below a function, always
      if (expression.nodes[child].type == Node::Type::range)
        program.selectors[child] = table.want(expression.nodes[child], node.function);
  }
  program.expression = std::move(expression);
  return program;
}

Result<const Vector*> Evaluator::run(const Program& program, SeriesTable& table, MonoNs now, WallNs wall) {
  table_ = &table, now_ = now, wall_ = wall;
  const std::size_t count = program.expression.nodes.size();
  if (slots_.size() < count) slots_.resize(count);
  for (std::size_t i = 0; i < count; ++i)
    if (auto done = evaluate(program, i); !done) return std::unexpected(done.error());
  return &slots_[count - 1].vector;
}

Status Evaluator::evaluate(const Program& program, std::size_t index) {
  const Node& node = program.expression.nodes[index];
  Slot& out = slots_[index];
  out.vector.clear();
  switch (node.kind) {
    case Node::Kind::number:
      out.scalar = node.number;
      break;
    case Node::Kind::selector:
      select(program, index);
      break;
    case Node::Kind::call:
      call(program, node, out);
      break;
    case Node::Kind::aggregation:
      aggregate(node, out);
      break;
    case Node::Kind::negation:
      out.scalar = -child(node, 0).scalar;
      for (const Sample& sample : child(node, 0).vector) out.vector.push_back({sample.labels, -sample.value});
      break;
    case Node::Kind::binary:
      return binary(program, node, out);
  }
  return {};
}

void Evaluator::select(const Program& program, std::size_t index) {
  if (program.expression.nodes[index].type == Node::Type::range) return;
  for (const auto& series : table_->series(program.selectors[index]))
    slots_[index].vector.push_back({series.labels, series.value->as_double()});
}

void Evaluator::call(const Program& program, const Node& node, Slot& out) {
  switch (node.function) {
    case Function::abs:
      for (const Sample& sample : child(node, 0).vector)
        out.vector.push_back({sample.labels, std::abs(sample.value)});
      return;
    case Function::absent:
      return absent(program, node, out);
    case Function::histogram_quantile:
      return histogram_quantile(child(node, 0).scalar, child(node, 1).vector, table_->pool(), out.vector);
    case Function::time:
      out.scalar = static_cast<double>(wall_) / 1e9;
      return;
    default:
      return over_range(program, node, out);
  }
}

void Evaluator::over_range(const Program& program, const Node& node, Slot& out) {
  const double argument = node.children.size() > 1 ? child(node, 1).scalar : 0;
  for (const auto& series : table_->series(program.selectors[node.children[0]]))
    if (const auto value = series.window->result(now_, argument); value)
      out.vector.push_back({series.labels, *value});
}

/// 1 when there is no series, with the labels that the selector asked for with `=`.
void Evaluator::absent(const Program& program, const Node& node, Slot& out) {
  if (!child(node, 0).vector.empty()) return;
  LabelSet labels;
  const Node& asked = program.expression.nodes[node.children[0]];
  if (asked.kind == Node::Kind::selector) {
    for (const Matcher& matcher : asked.matchers)
      if (matcher.kind == Matcher::Kind::equal) set_label(labels, matcher.label, matcher.value);
  }
  out.vector.push_back({table_->pool().of(std::move(labels)), 1});
}

void Evaluator::aggregate(const Node& node, Slot& out) {
  static const Grouping kAll{Grouping::Kind::these, {}};
  const Grouping& grouping = node.grouping.kind == Grouping::Kind::none ? kAll : node.grouping;
  right_.clear();  // group → its place in the result
  std::vector<double> counts;
  for (const Sample& sample : child(node, 0).vector) {
    const auto group = table_->pool().part(sample.labels, grouping);
    auto at = std::ranges::lower_bound(right_, group, std::less<>(), &Keyed::value_type::first);
    if (at == right_.end() || at->first != group) {
      right_.insert(at, {group, static_cast<std::uint32_t>(out.vector.size())});
      out.vector.push_back({group, sample.value});
      counts.push_back(1);
      continue;
    }
    double& value = out.vector[at->second].value;
    counts[at->second] += 1;
    if (node.aggregation == Aggregation::min) {
      if (sample.value < value || std::isnan(value)) value = sample.value;
    } else if (node.aggregation == Aggregation::max) {
      if (sample.value > value || std::isnan(value)) value = sample.value;
    } else {
      value += sample.value;
    }
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (node.aggregation == Aggregation::count) out.vector[i].value = counts[i];
    if (node.aggregation == Aggregation::avg) out.vector[i].value /= counts[i];
  }
}

}  // namespace steward::alerts
