// links: steward_metrics
// Times the exposition of 10,000 counters; bench/exposition.sh runs it beside its peers.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "metrics/registry.hpp"

namespace {

using namespace steward::metrics;

constexpr int kSeries = 10'000, kRounds = 200;

double median(std::vector<double> times) {
  std::ranges::nth_element(times, times.begin() + times.size() / 2);
  return times[times.size() / 2];
}

template <class Work>
double milliseconds(Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

/// `changed_of_100`: how many of a hundred values change between two looks; `lengths`: all get longer and
/// shorter in turn.
void run(const char* name, int changed_of_100, bool lengths = false) {
  Registry registry;
  Family& family = **registry.add("orders_placed_total", "Orders that the exchange accepted.", Kind::counter);
  std::vector<std::string> strategies;
  for (int i = 0; i < kSeries; ++i) strategies.push_back("strategy-" + std::to_string(i));
  std::vector<std::int64_t> values(kSeries, 1000);
  std::vector<double> set, render;
  std::string out;
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kSeries; ++i)
      values[i] = lengths ? 1000 * (1 + round % 2 * 9) : values[i] + ((i + round) % 100 < changed_of_100);
    set.push_back(milliseconds([&] {
      registry.begin();
      for (int i = 0; i < kSeries; ++i)
        family.set({{"market_type", "WIN"}, {"strategy", strategies[i]}}, values[i]);
      registry.end();
    }));
    render.push_back(milliseconds([&] { registry.render(Format::text, out); }));
  }
  std::printf("%s %.4f %.4f %zu\n", name, median(render), median(set), out.size());
}

}  // namespace

int main() {
  run("all", 100);
  run("some", 1);
  run("none", 0);
  run("lengths", 0, true);
}
