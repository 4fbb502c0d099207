#include "logs/tally.hpp"

#include <fmt/ranges.h>

#include <charconv>

#include "base/words.hpp"
#include "logs/stamp.hpp"

namespace steward::logs {

namespace {

constexpr std::size_t kMostOfError = 300;
constexpr std::size_t kWords = 8 + kLevels;

bool parse_number(const std::string& word, std::int64_t& out) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out);
  return error == std::errc{} && end == word.data() + word.size() && out >= 0;
}

bool parse_tally(const std::vector<std::string>& words, Tally& out) {
  if (words.size() != kWords) return false;
  std::int64_t within = 0;
  bool good = parse_number(words[2], out.at.file) && parse_number(words[3], out.at.offset) &&
              parse_number(words[4], within) && parse_number(words[5], out.files_skipped) &&
              parse_number(words[6], out.last_error_at);
  for (std::size_t i = 0; i < kLevels; ++i) good = good && parse_number(words[8 + i], out.lines[i]);
  out.at.run = words[1];
  out.at.within = within != 0;
  out.last_error = words[7];
  // Sums of them have to be numbers too.
  for (const std::int64_t lines : out.lines) good = good && lines <= INT64_MAX / 8;
  good = good && out.at.file < INT64_MAX && out.files_skipped <= INT64_MAX / 8;
  // It names a folder below the bot's runs.
  return good && out.at.run.find('/') == std::string::npos && out.at.run != "..";
}

}  // namespace

void Tally::add(std::string_view text) {
  const std::string_view stamp = stamp_of(text);
  if (!stamp.empty()) text.remove_prefix(std::min(stamp.size() + 1, text.size()));
  const Line line = read_line(text);
  ++lines[static_cast<std::size_t>(line.level)];
  if (line.level != Level::error && line.level != Level::critical) return;
  last_error_at = time_of(stamp);
  last_error = readable(line, kMostOfError);
}

std::string format_tallies(const Tallies& tallies) {
  std::string out;
  for (const auto& [bot, tally] : tallies) {
    const Position& at = tally.at;
    out += fmt::format("{} {} {} {} {:d} {} {} {} {}\n", escape_word(bot), escape_word(at.run), at.file,
                       at.offset, at.within, tally.files_skipped, tally.last_error_at,
                       escape_word(tally.last_error), fmt::join(tally.lines, " "));
  }
  return out;
}

Result<Tallies> parse_tallies(std::string_view text) {
  Tallies out;
  for (int number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    const auto words = split_words(line);
    Tally tally;
    if (line.size() == text.size() || !words || !parse_tally(*words, tally))
      return fail(Code::corrupt, "line {}: expected a bot, a place in its log and what was counted up to it",
                  number);
    out[(*words)[0]] = std::move(tally);
    text.remove_prefix(line.size() + 1);
  }
  return out;
}

}  // namespace steward::logs
