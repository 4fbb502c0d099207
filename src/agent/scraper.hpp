#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "metrics/scrape/schedule.hpp"
#include "net/http_client.hpp"
#include "store/engine.hpp"

namespace steward::agent {

/// Performs what the scrape schedule decides: asks the bots' endpoints and gives the answers to the state.
/// Control thread only.
class Scraper {
 public:
  Scraper(net::HttpClient& client, store::Engine& engine, const Clock& clock)
      : client_(client), engine_(engine), clock_(clock) {}

  void assign(const config::Settings& settings);
  /// Makes the requests that are due. After how many nanoseconds to call it again; nothing: no bot is
  /// scraped.
  std::optional<std::int64_t> turn();
  const metrics::ScrapeFacts* facts(std::string_view bot) const { return schedule_.facts(bot); }

 private:
  void ask(const metrics::ScrapeSchedule::Request& request);
  /// The process that is asked, as far as the state knows it.
  struct Life {
    std::string run;
    int pid = 0;
  };
  Life life_of(const std::string& bot) const;
  void answered(const std::string& bot, std::uint64_t ticket, const Life& life,
                Result<net::HttpAnswer> answer);

  net::HttpClient& client_;
  store::Engine& engine_;
  const Clock& clock_;
  metrics::ScrapeSchedule schedule_;
};

}  // namespace steward::agent
