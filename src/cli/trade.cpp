// steward trade, steward synthesize
#include "trading/trade.hpp"

#include <algorithm>

#include "cli/command.hpp"
#include "cli/terminal.hpp"

namespace steward::cli {

namespace {

constexpr std::string_view kExamples =
    "Orders meet the recorded book by its rules; nothing is sent anywhere. As a bot it journals, obeys its "
    "gate and says READY\n"
    "and WATCHDOG from its trade loop; by hand it prints a summary.\n\n"
    "  steward trade --replay synthetic:7 --strategy back-favourite --speed 10x\n"
    "  steward trade --replay 1.200806927.gz --strategy lay-the-drifter --set stake=5 --speed max\n";

int ended(const Result<int>& result) {
  return result ? *result : give_up(result.error());
}

}  // namespace

std::string trade_help() {
  std::string text(kExamples);
  text += "\nStrategies, with their parameters and defaults:\n";
  for (const trading::StrategyInfo& info : trading::strategies()) {
    text += fmt::format("  {}: {}\n", info.name, info.help);
    for (const auto& parameter : info.parameters) {
      text += fmt::format("    {:<28}{}\n", parameter.name + "=" + parameter.value, parameter.help);
    }
  }
  text.pop_back();
  return text;
}

int run_trade(const Options& options) {
  return ended(trading::run_trade(options.trade));
}

int run_synthesize(const Options& options) {
  return ended(trading::run_synthesize(options.synthesize));
}

}  // namespace steward::cli
