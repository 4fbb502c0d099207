#include "trading/strategies/parameters.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace steward::trading {

Parameters::Parameters(const StrategyInfo& info, const std::vector<Setting>& settings)
    : strategy_(info.name) {
  std::string known;
  for (const StrategyParameter& parameter : info.parameters) {
    values_[parameter.name] = parameter.value;
    known += (known.empty() ? "" : ", ") + parameter.name;
  }
  for (const Setting& setting : settings) {
    const auto at = values_.find(setting.key);
    if (at != values_.end()) {
      at->second = setting.value;
    } else if (problem_.empty()) {
      problem_ = fmt::format("{} has no setting \"{}\"; it has {}", strategy_, setting.key, known);
    }
  }
}

void Parameters::wrong(const std::string& name, std::string_view expected) {
  if (!problem_.empty()) return;
  problem_ = fmt::format("--set {}={}: expected {}", name, values_[name], expected);
}

Pence Parameters::money(const std::string& name) {
  const auto value = parse_hundredths(values_[name]);
  if (!value || *value <= 0) wrong(name, "money above 0, such as 2 or 2.50");
  return value.value_or(0);
}

Price Parameters::price(const std::string& name) {
  const auto value = parse_hundredths(values_[name]);
  if (!value || *value < 101 || *value > 100'000) wrong(name, "decimal odds from 1.01 to 1000");
  return static_cast<Price>(std::clamp<std::int64_t>(value.value_or(0), 0, 100'000));
}

std::int64_t Parameters::duration_ms(const std::string& name) {
  const std::string& text = values_[name];
  const bool plain = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  const auto value = parse_duration(plain ? text + "s" : text);
  if (!value) wrong(name, "a duration, such as 90s or 2m");
  return value.value_or(0) / kMillisecond;
}

std::int64_t Parameters::percent(const std::string& name) {
  std::string_view text = values_[name];
  if (text.ends_with('%')) text.remove_suffix(1);
  const auto value = parse_hundredths(text);
  if (!value || *value <= 0 || *value > 1'000'000) wrong(name, "a percentage above 0, such as 10%");
  return value.value_or(0);
}

std::string Parameters::choice(const std::string& name, const std::vector<std::string>& choices) {
  const std::string& value = values_[name];
  if (std::ranges::find(choices, value) == choices.end()) {
    std::string list;
    for (const std::string& each : choices) list += (list.empty() ? "" : " or ") + each;
    wrong(name, list);
  }
  return value;
}

Status Parameters::check() const {
  if (!problem_.empty()) return fail(Code::invalid, "{}", problem_);
  return {};
}

}  // namespace steward::trading
