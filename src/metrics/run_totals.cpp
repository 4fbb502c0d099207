#include "metrics/run_totals.hpp"

#include <charconv>
#include <optional>

#include "base/words.hpp"
#include "os/files.hpp"

namespace steward::metrics {
namespace {

constexpr std::size_t kMostBytes = 4 * 1024 * 1024;

std::optional<std::int64_t> parse_count(std::string_view word) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::int64_t RunTotals::update(std::string_view key, std::string_view run, std::int64_t value) {
  auto at = entries_.find(key);
  if (at == entries_.end()) {
    at = entries_.emplace(std::string(key), Entry{}).first;
    changed_ = true;
  }
  Entry& entry = at->second;
  if (entry.run != run) {
    entry.before += entry.greatest;
    entry.greatest = 0;
    entry.run = run;
    changed_ = true;
  }
  if (value > entry.greatest) {
    entry.greatest = value;
    changed_ = true;
  }
  return entry.before + entry.greatest;
}

std::int64_t RunTotals::total(std::string_view key) const {
  const auto at = entries_.find(key);
  return at == entries_.end() ? 0 : at->second.before + at->second.greatest;
}

std::string RunTotals::text() const {
  std::string text;
  for (const auto& [key, entry] : entries_)
    text +=
        fmt::format("{} {} {} {}\n", escape_word(key), entry.before, escape_word(entry.run), entry.greatest);
  return text;
}

Result<RunTotals> RunTotals::parse(std::string_view text) {
  RunTotals totals;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    const auto words = split_words(line);
    const auto before = words && words->size() == 4 ? parse_count((*words)[1]) : std::nullopt;
    const auto greatest = before ? parse_count((*words)[3]) : std::nullopt;
    // Half of the greatest integer each, so that their sum is one too.
    if (!greatest || *before >> 62 != 0 || *greatest >> 62 != 0 || line.size() == text.size())
      return fail(Code::corrupt, "line {}: expected \"KEY SUM RUN VALUE\"", number);
    totals.entries_[(*words)[0]] = {.before = *before, .run = (*words)[2], .greatest = *greatest};
    text.remove_prefix(line.size() + 1);
  }
  return totals;
}

Result<RunTotals> load_totals(const std::string& path) {
  auto text = read_file(path, kMostBytes);
  if (!text && text.error().code() == Code::not_found) return RunTotals();
  if (!text) return std::unexpected(text.error());
  auto totals = RunTotals::parse(*text);
  if (!totals)
    return fail(totals.error(), "{}: counters begin at 0 again; delete the file to be rid of this", path);
  return totals;
}

Status save_totals(const std::string& path, RunTotals& totals) {
  if (!totals.changed()) return {};
  if (auto written = swap_file(path, totals.text()); !written) return written;
  totals.saved();
  return {};
}

}  // namespace steward::metrics
