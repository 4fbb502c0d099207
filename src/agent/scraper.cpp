#include "agent/scraper.hpp"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "metrics/scrape/exposition.hpp"
#include "metrics/scrape/scraped.hpp"

namespace steward::agent {

namespace {
/// An answer may bring the next scrape of its bot nearer than what was next when the pause began.
constexpr std::int64_t kShortestPause = 10 * kMillisecond, kLongestPause = kSecond;

Result<metrics::Exposition> exposition_of(const Result<net::HttpAnswer>& answer) {
  if (!answer) return std::unexpected(answer.error());
  if (answer->status != 200) return fail(Code::unavailable, "it answered {}", answer->status);
  return metrics::parse_exposition(answer->body);
}
}  // namespace

void Scraper::assign(const config::Settings& settings) {
  std::map<std::string, std::string> urls;
  for (const config::Bot& bot : settings.bots) {
    if (!bot.scrape.empty()) urls[bot.name()] = bot.scrape;
  }
  schedule_.assign(urls, clock_.mono());
}

std::optional<std::int64_t> Scraper::turn() {
  const MonoNs now = clock_.mono();
  for (const auto& request : schedule_.due(now)) ask(request);
  const MonoNs next = schedule_.next_due();
  if (next == INT64_MAX) return std::nullopt;
  return std::clamp(next - now, kShortestPause, kLongestPause);
}

void Scraper::ask(const metrics::ScrapeSchedule::Request& request) {
  const auto life = life_of(request.bot);
  net::HttpGet get{.url = request.url, .timeout_ns = request.timeout};
  get.accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
  get.most_bytes = metrics::ScrapeLimits{}.bytes;
  client_.get(get, [this, bot = request.bot, ticket = request.ticket, life](Result<net::HttpAnswer> answer) {
    answered(bot, ticket, life, std::move(answer));
  });
}

Scraper::Life Scraper::life_of(const std::string& bot) const {
  return engine_.read([&](const state::Model& model) {
    const state::Bot* known = model.bot(bot);
    return known == nullptr ? Life{} : Life{known->run, known->pid};
  });
}

void Scraper::answered(const std::string& bot, std::uint64_t ticket, const Life& life,
                       Result<net::HttpAnswer> answer) {
  if (!schedule_.awaits(ticket)) return;
  // What a next process may have answered must not be taken for the one that was asked: its counters began
  // anew.
  const bool ended = life.pid > 0 && ::kill(life.pid, 0) != 0 && errno == ESRCH;
  const auto exposition = ended ? Result<metrics::Exposition>(fail(Code::unavailable, "it ended meanwhile"))
                                : exposition_of(answer);
  if (!exposition) {
    schedule_.failed(ticket, exposition.error().text(), clock_.mono());
    engine_.inject({.bot = bot});  // what it said before is no longer so
    return;
  }
  auto [scraped, dropped] = metrics::interpret(*exposition, bot);
  scraped.run = life.run;
  const auto samples = static_cast<std::int64_t>(exposition->samples.size());
  if (!schedule_.succeeded(ticket, samples, dropped, clock_.mono())) return;
  engine_.inject(std::move(scraped));
}

}  // namespace steward::agent
