#include "alerts/alarm_matcher.hpp"

#include <algorithm>

#include "alerts/rule.hpp"

namespace steward::alerts {

namespace {

constexpr std::size_t kLongest = 1000;

std::string_view without_braces(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  text = text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
  if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
  return text;
}

}  // namespace

std::string_view label_of(const Alarm& alarm, std::string_view name) {
  if (name == "rule") return alarm.rule;
  if (name == "severity") return name_of(alarm.severity);
  const auto found = std::ranges::lower_bound(
      alarm.labels, name, {}, [](const auto& label) { return std::string_view(label.first); });
  return found != alarm.labels.end() && found->first == name ? std::string_view(found->second)
                                                             : std::string_view();
}

Result<AlarmMatcher> AlarmMatcher::parse(std::string_view text) {
  const std::string_view inner = without_braces(text);
  const auto wrong = [&](std::string_view why) {
    return fail(
        Code::invalid,
        "\"{}\" does not say which alarms: {}; write label=\"value\" with = != =~ or !~, several with "
        "commas, such as rule=\"bot-down\",bot=\"racing\"",
        text.substr(0, 200), why);
  };
  if (inner.empty()) return wrong("it is empty");
  if (inner.size() > kLongest) return wrong("it is too long");
  constexpr std::string_view kBefore = "alarm{";
  const auto expression = parse_expression(fmt::format("{}{}}}", kBefore, inner));
  if (!expression) return wrong(expression.error().text);
  const Node& selector = expression->root();
  const bool plain = expression->nodes.size() == 1 && selector.kind == Node::Kind::selector &&
                     selector.range == 0 && !selector.matchers.empty();
  if (!plain) return wrong("there is more in it");
  AlarmMatcher matcher;
  matcher.text_ = inner;
  matcher.matchers_ = selector.matchers;
  for (std::size_t i = 0; i < matcher.matchers_.size(); ++i) {
    const Matcher& one = matcher.matchers_[i];
    if (one.kind != Matcher::Kind::matches && one.kind != Matcher::Kind::not_matches) continue;
    auto pattern = Pattern::compile(one.value);
    if (!pattern) return wrong(pattern.error().text());
    matcher.patterns_.emplace_back(i, std::move(*pattern));
  }
  return matcher;
}

bool AlarmMatcher::matches(const Alarm& alarm) const {
  auto pattern = patterns_.begin();
  for (const Matcher& matcher : matchers_) {
    const std::string_view value = label_of(alarm, matcher.label);
    const bool by_pattern =
        matcher.kind == Matcher::Kind::matches || matcher.kind == Matcher::Kind::not_matches;
    const bool same = by_pattern ? (pattern++)->second.matches(value) : value == matcher.value;
    const bool wanted = matcher.kind == Matcher::Kind::equal || matcher.kind == Matcher::Kind::matches;
    if (same != wanted) return false;
  }
  return true;
}

}  // namespace steward::alerts
