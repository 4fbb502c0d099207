// links: prometheus-cpp-core
// needs: prometheus/counter.h
// The peer's part of bench/exposition.sh: prometheus-cpp renders the same 10,000 counters.
#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

int main() {
  constexpr int kSeries = 10'000, kRounds = 30;
  prometheus::Registry registry;
  auto& family = prometheus::BuildCounter()
                     .Name("orders_placed_total")
                     .Help("Orders that the exchange accepted.")
                     .Register(registry);
  std::vector<prometheus::Counter*> counters;
  for (int i = 0; i < kSeries; ++i) {
    counters.push_back(&family.Add({{"market_type", "WIN"}, {"strategy", "strategy-" + std::to_string(i)}}));
    counters.back()->Increment(1000);
  }
  std::vector<double> times;
  std::size_t size = 0;
  for (int round = 0; round < kRounds; ++round) {
    for (auto* counter : counters) counter->Increment();
    const auto begin = std::chrono::steady_clock::now();
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, registry.Collect());
    const std::string text = out.str();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    size = text.size();
  }
  std::ranges::nth_element(times, times.begin() + kRounds / 2);
  std::printf("all %.4f 0 %zu\n", times[kRounds / 2], size);
}
