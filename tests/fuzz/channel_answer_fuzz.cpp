// links: steward_alerts
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "alerts/channels/alertmanager.hpp"
#include "alerts/channels/discord.hpp"
#include "alerts/channels/slack.hpp"
#include "alerts/channels/telegram.hpp"
#include "alerts/channels/webhook.hpp"
#include "base/utf8.hpp"
#include "net/retry_after.hpp"

namespace {

void check(const steward::alerts::Outcome& outcome) {
  constexpr std::int64_t kHour = 3600 * steward::kSecond;
  if (outcome.after_ns < 0 || outcome.after_ns > kHour || outcome.reason.size() > 4000) std::abort();
  for (std::string_view rest = outcome.reason; !rest.empty();) {
    const std::size_t length = steward::utf8_length(rest);
    if (length == 0) std::abort();
    rest.remove_prefix(length);
  }
}

}  // namespace

/// Two bytes make the status, the first line is the Retry-After header, the rest the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace steward;
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto line = text.find('\n');
  net::HttpAnswer answer;
  answer.status = (data[0] << 8 | data[1]) % 600;
  answer.retry_after = text.substr(0, line);
  if (line != std::string_view::npos) answer.body = text.substr(line + 1);
  const WallNs now = 1'800'000'000 * kSecond;
  for (const auto judge : {alerts::judge_slack, alerts::judge_discord, alerts::judge_telegram,
                           alerts::judge_webhook, alerts::judge_alertmanager})
    check(judge(answer, now));
  const auto wait = net::retry_after_ns(answer.retry_after, now);
  if (wait && *wait < 0) std::abort();
  return 0;
}
