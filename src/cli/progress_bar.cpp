#include "cli/progress_bar.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include "base/units.hpp"
#include "cli/terminal.hpp"
#include "cli/text_table.hpp"

namespace steward::cli {

namespace {

constexpr std::int64_t kBar = 20;
constexpr auto kBetweenLines = std::chrono::milliseconds(250);

std::string bar(std::int64_t percent) {
  const std::int64_t done = percent * kBar / 100;
  return "[" + std::string(static_cast<std::size_t>(done), '#') +
         std::string(static_cast<std::size_t>(kBar - done), '-') + "]";
}

std::string seconds(std::int64_t ns) {
  return format_duration(std::max<std::int64_t>(ns, 0) / kSecond * kSecond);
}

}  // namespace

void ProgressText::measure(const backup::Meter::Reading& now, MonoNs at) {
  constexpr double kMemory = 5e9;  // a rate of that long ago has lost most of its weight
  if (now.stage != stage_) {
    stage_ = now.stage, bytes_ = 0, began_ = at_ = at, rate_ = 0;
    return;
  }
  const auto passed = static_cast<double>(at - at_);
  if (passed <= 0) return;
  const double rate = static_cast<double>(now.bytes - bytes_) * 1e9 / passed;
  rate_ = at_ == began_ ? rate : rate_ + (rate - rate_) * (1 - std::exp(-passed / kMemory));
  bytes_ = now.bytes, at_ = at;
}

std::string ProgressText::line(const backup::Meter::Reading& now, MonoNs at, int width) {
  measure(now, at);
  std::vector<std::string> parts{one_line(now.what)};
  if (now.total > 0) {
    const std::int64_t percent = std::min<std::int64_t>(now.bytes * 100 / now.total, now.about ? 99 : 100);
    parts.push_back(fmt::format("{} {}{}%", bar(percent), now.about ? "about " : "", percent));
    parts.push_back(format_bytes(now.bytes) + " of " + format_bytes(now.total));
  } else if (now.bytes > 0) {
    parts.push_back(format_bytes(now.bytes));
  }
  if (rate_ >= 1) parts.push_back(format_bytes(static_cast<std::int64_t>(rate_)) + "/s");
  if (rate_ >= 1 && now.total > now.bytes) {
    const double left = static_cast<double>(now.total - now.bytes) / rate_;
    constexpr double kLongest = 100 * 24 * 3600.0;
    if (left < kLongest) parts.push_back(seconds(static_cast<std::int64_t>(left * 1e9)) + " left");
  }
  if (now.total == 0) parts.push_back(seconds(at - began_));
  if (now.files > 0) parts.push_back(fmt::format("{} files", now.files));
  std::string text = fmt::format("{}", fmt::join(parts, "  "));
  for (; static_cast<int>(text.size()) >= width && parts.size() > 1;
       text = fmt::format("{}", fmt::join(parts, "  ")))
    parts.pop_back();
  return text.substr(0, static_cast<std::size_t>(std::max(width - 1, 0)));
}

ProgressBar::ProgressBar(bool wanted) {
  if (wanted && progress_is_seen()) thread_.emplace([this](const std::stop_token& stop) { draw(stop); });
}

ProgressBar::~ProgressBar() = default;

void ProgressBar::draw(const std::stop_token& stop) {
  const SystemClock clock;
  ProgressText text;
  Progress line;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, stop, kBetweenLines, [&stop] { return stop.stop_requested(); })) {
    const backup::Meter::Reading now = meter_.read();
    if (!now.what.empty()) line.show(text.line(now, clock.mono(), terminal_width()));
  }
}

}  // namespace steward::cli
