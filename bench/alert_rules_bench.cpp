// links: steward_alerts
// Times a pass of 10,000 alarm rules, each over one series of 10,000 whose values change: by themselves, with
// a rate over five minutes, and when a series comes or goes in every pass. Prints the name of the case, then
// the median CPU milliseconds of a pass; the bound is 100 (10 % of a core, once a second).
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "alerts/rule_set.hpp"
#include "metrics/registry.hpp"

namespace {

using namespace steward;

constexpr int kRules = 10'000, kRounds = 60;

double cpu_milliseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// `pattern` with the rule's own series in the place of each S.
std::string text(std::string_view pattern, int index) {
  std::string out;
  for (const char c : pattern)
    out += c == 'S' ? fmt::format("daily_pnl{{strategy='s{}'}}", index) : std::string(1, c);
  return out;
}

std::vector<alerts::Rule> make_rules(const char* pattern, int count) {
  std::vector<alerts::Rule> rules;
  for (int i = 0; i < count; ++i) {
    alerts::Rule rule;
    rule.name = "rule-" + std::to_string(i);
    rule.when = *alerts::parse_expression(text(pattern, i));
    rules.push_back(std::move(rule));
  }
  return rules;
}

void run(const char* name, const char* pattern, int count, bool churn) {
  metrics::Registry registry;
  alerts::RuleSet rules(make_rules(pattern, count), "UTC");
  std::vector<std::string> strategies;
  for (int i = 0; i < kRules; ++i) strategies.push_back("s" + std::to_string(i));
  std::vector<double> times;
  std::size_t held = 0;
  for (int round = 0; round < kRounds; ++round) {
    registry.begin();
    for (int i = 0; i < kRules - (churn ? round % 2 : 0); ++i)
      registry.visiting("daily_pnl", metrics::Kind::gauge)
          ->set({{"strategy", strategies[i]}},
                metrics::Number::hundredths(i % 100 == 0 ? -30'000 + round : round));
    registry.end();
    const double begin = cpu_milliseconds();
    held = rules.evaluate(registry, round * kSecond, 1'700'000'000 * kSecond).size();
    times.push_back(cpu_milliseconds() - begin);
  }
  std::ranges::nth_element(times, times.begin() + times.size() / 2);
  std::printf("%s %.3f (%d rules, %zu hold)\n", name, times[times.size() / 2], count, held);
}

}  // namespace

int main() {
  run("threshold", "S < -200", kRules, false);
  run("arithmetic", "(S - 5) * 2 < -400 and S < -200", kRules, false);
  run("rate", "delta(S[5m]) < -1000", 2'000, false);
  run("churn", "S < -200", kRules, true);
}
