#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace steward::metrics {

struct ScrapeTiming {
  std::int64_t interval = 5 * kSecond;
  std::int64_t timeout = 2 * kSecond;
  std::int64_t longest_wait = 60 * kSecond;  ///< between tries of an endpoint that keeps failing
};

/// What is known of scraping one bot. `failures` counts since the schedule was made.
struct ScrapeFacts {
  bool up = false;  ///< the newest scrape succeeded
  std::int64_t scrapes = 0, failures = 0;
  std::int64_t duration_ns = 0;           ///< of the newest
  std::int64_t samples = 0, dropped = 0;  ///< of the newest that succeeded
  std::string error;                      ///< why the newest failed
};

/// Decides when which bot is scraped: at most one request for a bot is under way, a failing endpoint is asked
/// less and less often, and an answer that comes after its time is not taken. No I/O: the driver performs
/// what due() returns, with the timeout, and reports by succeeded() or failed(). One thread.
class ScrapeSchedule {
 public:
  /// One request to make now. `ticket` goes back with its answer.
  struct Request {
    std::string bot, url;
    std::int64_t timeout = 0;
    std::uint64_t ticket = 0;
  };

  explicit ScrapeSchedule(ScrapeTiming timing = {}) : timing_(timing) {}

  /// The bots to scrape and their endpoints; those that are not named are forgotten, a changed endpoint
  /// begins anew.
  void assign(const std::map<std::string, std::string>& url_of_bot, MonoNs now);
  /// The bot was started: its endpoint is tried at once, without the back-off of the run before.
  void restarted(std::string_view bot, MonoNs now);

  std::vector<Request> due(MonoNs now);
  /// When due() is to be asked again; INT64_MAX: there is nothing to scrape.
  MonoNs next_due() const;

  /// False: the ticket is no longer valid and the answer must not be used.
  bool succeeded(std::uint64_t ticket, std::int64_t samples, std::int64_t dropped, MonoNs now);
  bool failed(std::uint64_t ticket, std::string error, MonoNs now);
  /// Whether the answer to this request is still waited for; asked before the answer is parsed.
  bool awaits(std::uint64_t ticket) const { return find(ticket) != nullptr; }

  /// Null when the bot is not scraped.
  const ScrapeFacts* facts(std::string_view bot) const;

 private:
  struct Target {
    std::string url;
    ScrapeFacts facts;
    MonoNs next = 0;  ///< when to ask, or while asked: when to give the answer up
    MonoNs asked_at = 0;
    std::uint64_t ticket = 0;  ///< 0: nothing is under way
    std::int64_t failures_in_row = 0;
  };

  const Target* find(std::uint64_t ticket) const;
  Target* find(std::uint64_t ticket) { return const_cast<Target*>(std::as_const(*this).find(ticket)); }
  void note_failure(Target& target, std::string error, MonoNs now);
  void schedule_next(Target& target, MonoNs now) const;

  ScrapeTiming timing_;
  std::map<std::string, Target, std::less<>> targets_;
  std::uint64_t last_ticket_ = 0;
};

}  // namespace steward::metrics
