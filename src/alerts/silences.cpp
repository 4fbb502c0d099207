#include "alerts/silences.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/units.hpp"

namespace steward::alerts {

void Silences::restore(const store::AlarmRows& rows) {
  for (const auto& [number, row] : rows.silences.rows()) {
    last_ = std::max(last_, number);
    if (!row) continue;
    auto matcher = AlarmMatcher::parse(row->matchers);
    if (!matcher) {
      log::warning("silence {} is dropped: {}", number, matcher.error().text());
      continue;
    }
    silences_.emplace(number, Silence{std::move(*matcher), row->by, row->comment, row->created, row->ends});
  }
}

Result<std::int64_t> Silences::add(std::string_view matchers, WallNs ends, std::string by,
                                   std::string comment, WallNs now, Record& record) {
  auto matcher = AlarmMatcher::parse(matchers);
  if (!matcher) return std::unexpected(matcher.error());
  if (ends <= now || ends - now > kLongest)
    return fail(Code::invalid, "a silence ends between now and a year from now, not at {}", format_utc(ends));
  if (silences_.size() >= kMost)
    return fail(Code::conflict, "there are {} silences already; end some first", kMost);
  const std::int64_t number = ++last_;
  record.audit(
      now, by, "silence",
      fmt::format("silence {} of {} until {}: {}", number, matcher->text(), format_utc(ends), comment));
  record.history(now, "silenced",
                 fmt::format("{} silenced {} until {}", by, matcher->text(), format_utc(ends)));
  record.changes().silences.put(number, {matcher->text(), by, comment, now, ends});
  silences_.emplace(number, Silence{std::move(*matcher), std::move(by), std::move(comment), now, ends});
  return number;
}

Status Silences::remove(std::int64_t number, const std::string& by, WallNs now, Record& record) {
  const auto found = silences_.find(number);
  if (found == silences_.end())
    return fail(Code::not_found, "there is no silence {}; `steward alerts silence` lists them", number);
  record.audit(now, by, "silence-ended",
               fmt::format("silence {} of {}", number, found->second.matcher.text()));
  record.history(now, "silence-ended", fmt::format("{} ended silence {}", by, number));
  record.changes().silences.erase(number);
  silences_.erase(found);
  return {};
}

bool Silences::expire(WallNs now, Record& record) {
  return std::erase_if(silences_, [&](const auto& item) {
           if (item.second.ends > now) return false;
           record.history(now, "silence-ended",
                          fmt::format("silence {} of {} ran out", item.first, item.second.matcher.text()));
           record.changes().silences.erase(item.first);
           return true;
         }) > 0;
}

std::int64_t Silences::silencing(const Alarm& alarm) const {
  for (const auto& [number, silence] : silences_) {
    if (silence.matcher.matches(alarm)) return number;
  }
  return 0;
}

}  // namespace steward::alerts
