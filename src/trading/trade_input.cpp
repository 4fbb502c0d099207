#include "trading/trade_input.hpp"

#include <charconv>

#include "exchange/betfair/recording.hpp"
#include "exchange/simulator/synthetic_stream.hpp"

namespace steward::trading {

namespace {
constexpr std::string_view kSynthetic = "synthetic:";

Result<std::unique_ptr<betfair::MarketStream>> open_synthetic(std::string_view seed, bool fixed_ids,
                                                              std::int64_t now_ms) {
  simulator::SyntheticOptions options;
  const auto [end, error] = std::from_chars(seed.data(), seed.data() + seed.size(), options.seed);
  if (error != std::errc() || end != seed.data() + seed.size()) {
    return fail(Code::invalid, "--replay synthetic:{}: expected a whole number as seed, such as synthetic:1",
                seed);
  }
  options.start = now_ms;
  options.id_prefix =
      fixed_ids ? simulator::fixed_prefix(options.seed) : simulator::unique_prefix(now_ms, options.seed);
  return std::make_unique<simulator::SyntheticStream>(std::move(options));
}
}  // namespace

Result<std::unique_ptr<betfair::MarketStream>> open_input(const TradeOptions& options, std::int64_t now_ms) {
  if (options.replay.empty()) {
    return fail(Code::invalid, "nothing to trade on: give --replay FILE… or --replay synthetic:SEED");
  }
  std::vector<std::unique_ptr<betfair::MarketStream>> parts;
  for (const std::string& name : options.replay) {
    auto part =
        name.starts_with(kSynthetic)
            ? open_synthetic(std::string_view(name).substr(kSynthetic.size()), options.fixed_ids, now_ms)
            : betfair::RecordedStream::open(name);
    if (!part) return std::unexpected(std::move(part).error());
    parts.push_back(*std::move(part));
  }
  if (parts.size() == 1) return std::move(parts.front());
  return std::make_unique<betfair::MergedStream>(std::move(parts));
}

Result<std::vector<Setting>> parse_settings(const std::vector<std::string>& texts) {
  std::vector<Setting> settings;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return fail(Code::invalid, "--set {}: expected key=value, such as stake=2", text);
    }
    settings.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return settings;
}

}  // namespace steward::trading
