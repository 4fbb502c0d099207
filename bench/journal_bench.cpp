// links: steward_store
// Journal to state: events a second of the engine (read, decode, fold, SQLite commits, all on its one
// thread), beside a plain getline with an On-Demand parse of one field of each line. Arguments: [events]
// [folder].
#include <simdjson.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "journal/decoder.hpp"
#include "journal/layout.hpp"
#include "journal/writer.hpp"
#include "state/rows.hpp"
#include "store/engine.hpp"

namespace {

using namespace steward;
constexpr int kBots = 5;

double cpu_seconds() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](timeval t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

/// The lines of one bot: markets of forty orders, each from intent to settlement, with positions, profit,
/// stream.
std::string make_lines(int bot, int events) {
  std::string out;
  SystemClock clock;
  journal::Writer writer("", clock);
  WallNs t = clock.wall() - 60 * kSecond;
  int made = 0, market = 0, order = 0;
  const auto emit = [&](JsonWriter& event) {
    out += event.end().text();
    out += '\n', ++made, t += 10'000;
  };
  while (made < events) {
    const std::string id = fmt::format("1.{}{:07}", bot, ++market);
    emit(journal::add_market(writer.event("market.opened", t), {.market_id = id,
                                                                .market_type = "WIN",
                                                                .market_name = "5f Hcap",
                                                                .event_name = "Ascot 22nd Nov",
                                                                .venue = "Ascot",
                                                                .status = {},
                                                                .market_time = t}));
    for (int i = 0; i < 40; ++i) {
      const std::string ref = fmt::format("01ARZ3NDEK-{}-{}", bot, ++order);
      const std::string bet = fmt::format("3{:011}", order);
      const std::int64_t selection = 10'000'000 + order % 12;
      journal::OrderFields fields{.customer_order_ref = ref, .market_id = id, .selection_id = selection};
      auto intent = fields;
      intent.side = order % 2 != 0 ? "BACK" : "LAY", intent.order_type = "LIMIT",
      intent.persistence_type = "LAPSE";
      intent.price = 350, intent.size = 200, intent.simulated = true;
      emit(journal::add_order(writer.event("order.intent", t), intent));
      auto placed = fields;
      placed.bet_id = bet, placed.latency_ns = 100'000 + 1'000 * (order % 5'000), placed.simulated = true;
      emit(journal::add_order(writer.event("order.placed", t), placed));
      auto matched = placed;
      matched.latency_ns.reset();
      matched.size_matched = 100 + order % 100, matched.average_price_matched = 350;
      emit(journal::add_order(writer.event("order.matched", t), matched));
      emit(journal::add_position(
          writer.event("position", t),
          {.market_id = id, .selection_id = selection, .if_win = 250, .if_lose = -100, .simulated = true}));
      emit(journal::add_pnl(
          writer.event("pnl", t),
          {.market_id = id, .currency = "GBP", .unrealized = order % 300, .simulated = true}));
      if (i % 8 == 0) {
        emit(writer.event("stream", t)
                 .field("lag_ns", 1'200'000)
                 .field("age_ns", 40'000'000)
                 .field("markets", 12));
        emit(writer.event("metric", t)
                 .field("name", "turns_total")
                 .field("kind", "counter")
                 .field("value", order));
      }
      auto settled = fields;
      settled.profit = order % 400 - 200;
      emit(journal::add_order(writer.event("order.settled", t), settled));
    }
    emit(journal::add_pnl(writer.event("pnl", t), {.market_id = id,
                                                   .currency = "GBP",
                                                   .realized = 1'234,
                                                   .unrealized = 0,
                                                   .commission = 61,
                                                   .simulated = true}));
    emit(journal::add_market(writer.event("market.closed", t), {.market_id = id}));
  }
  return out;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
  const int events = argc > 1 ? std::atoi(argv[1]) : 2'000'000;
  const std::string folder = argc > 2 ? argv[2] : "/tmp/steward-journal-bench";
  std::filesystem::remove_all(folder);
  std::vector<std::string> files;
  for (int bot = 0; bot < kBots; ++bot) {
    const std::string runs = fmt::format("{}/{}/01ARZ3NDEKTSV4RRFFQ69G5FA{}", folder,
                                         journal::runs_folder(fmt::format("bot{}", bot)), bot);
    std::filesystem::create_directories(runs);
    files.push_back(runs + "/" + journal::segment_name(1));
    std::ofstream(files.back(), std::ios::binary) << make_lines(bot, events / kBots);
  }

  auto begin = std::chrono::steady_clock::now();
  simdjson::ondemand::parser parser;
  std::int64_t lines = 0, sum = 0;
  for (const auto& file : files) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line); ++lines) {
      line.reserve(line.size() + simdjson::SIMDJSON_PADDING);
      simdjson::ondemand::document document;
      std::int64_t t = 0;
      if (parser.iterate(line).get(document) == simdjson::SUCCESS && !document["t"].get_int64().get(t))
        sum += t & 1;
    }
  }
  const double plain = static_cast<double>(lines) / seconds_since(begin);

  begin = std::chrono::steady_clock::now();
  journal::Decoder decoder;
  std::int64_t decoded = 0;
  for (const auto& file : files) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      line.reserve(line.size() + journal::Decoder::kPadding);
      decoded += decoder.decode(line) != nullptr ? 1 : 0;
    }
  }
  const double decoding = static_cast<double>(decoded) / seconds_since(begin);

  const double cpu_before = cpu_seconds();
  begin = std::chrono::steady_clock::now();
  SystemClock clock;
  store::EngineOptions options;
  options.state_folder = folder;
  store::Engine engine(options, clock);
  if (auto started = engine.start(); !started) {
    std::printf("%s\n", started.error().text().c_str());
    return 1;
  }
  while (!engine.facts().caught_up) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const double took = seconds_since(begin);
  engine.stop();
  const double cpu = cpu_seconds() - cpu_before;
  const auto facts = engine.facts();
  const double rate = static_cast<double>(facts.events) / took;
  std::printf("lines %ld, bytes/line %ld, bad %ld, commits %ld\n", static_cast<long>(lines),
              static_cast<long>(facts.bytes / std::max<std::int64_t>(1, facts.events)),
              static_cast<long>(facts.bad_lines), static_cast<long>(facts.commits));
  std::printf("getline + simdjson, one field: %10.0f lines/s%s\n", plain, sum < 0 ? "!" : "");
  std::printf("getline + our decoder:         %10.0f lines/s\n", decoding);
  std::printf(
      "journal -> state, committed:   %10.0f events/s (%.2f of the first), %.0f events per CPU second\n",
      rate, rate / plain, static_cast<double>(facts.events) / cpu);
  const auto begin_again = std::chrono::steady_clock::now();
  store::Engine again(options, clock);
  if (!again.start()) return 1;
  while (!again.facts().caught_up) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::printf("a new engine knows all after:  %10.1f ms\n", seconds_since(begin_again) * 1000);
  again.stop();
  std::filesystem::remove_all(folder);
  return facts.bad_lines == 0 && facts.events == lines ? 0 : 1;
}
