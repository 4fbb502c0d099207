#include "schedule/cron.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace steward::schedule {

namespace {

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNicknames{
    {{"@hourly", "0 * * * *"},
     {"@daily", "0 0 * * *"},
     {"@midnight", "0 0 * * *"},
     {"@weekly", "0 0 * * 0"},
     {"@monthly", "0 0 1 * *"},
     {"@yearly", "0 0 1 1 *"},
     {"@annually", "0 0 1 1 *"}}};

struct Field {
  std::string_view what;
  unsigned least, most;
  unsigned first_name;  ///< the number of the first name
};
constexpr std::array<Field, 5> kFields{{{"minute", 0, 59, 0},
                                        {"hour", 0, 23, 0},
                                        {"day of month", 1, 31, 0},
                                        {"month", 1, 12, 1},
                                        {"day of week", 0, 7, 0}}};

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<unsigned> number_of(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// A number, or the name of a month or day in any case.
std::optional<unsigned> value_of(std::string_view text, const Field& field) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto named = [&](const auto& names) -> std::optional<unsigned> {
    for (unsigned i = 0; i < names.size(); ++i) {
      if (names[i] == lower) return i + field.first_name;
    }
    return std::nullopt;
  };
  std::optional<unsigned> value = number_of(text);
  if (!value && field.most == 12) value = named(kMonths);
  if (!value && field.most == 7) value = named(kDays);
  if (!value || *value < field.least || *value > field.most) return std::nullopt;
  return value;
}

struct Range {
  unsigned from = 0, to = 0, step = 1;
};

/// "*", "5", "1-5", each with "/2" behind it (a lone number only takes no step).
std::optional<Range> range_of(std::string_view item, const Field& field) {
  Range range{field.least, field.most == 7 ? 6 : field.most, 1};
  const auto slash = item.find('/');
  const auto body = item.substr(0, slash);
  if (slash != std::string_view::npos) {
    const auto step = number_of(item.substr(slash + 1));
    if (!step || *step == 0 || *step > field.most) return std::nullopt;
    range.step = *step;
  }
  if (body == "*") return range;
  const auto dash = body.find('-');
  const auto from = value_of(body.substr(0, dash), field);
  const auto to = dash == std::string_view::npos ? from : value_of(body.substr(dash + 1), field);
  if (!from || !to || *from > *to || (dash == std::string_view::npos && slash != std::string_view::npos))
    return std::nullopt;
  range.from = *from, range.to = *to;
  return range;
}

template <std::size_t N>
Status fill(std::bitset<N>& set, std::string_view text, const Field& field) {
  for (const auto item : split(text, ",")) {
    const auto range = range_of(item, field);
    if (!range) {
      return fail(Code::invalid,
                  "\"{}\" is no {} of a cron expression: expected {} to {}, such as 5, 1-5, */2 or 1,3", text,
                  field.what, field.least, field.most);
    }
    for (unsigned value = range->from; value <= range->to; value += range->step) set.set(value % N);
  }
  return {};
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
  for (const auto& [nickname, meaning] : kNicknames) {
    if (text == nickname) text = meaning;
  }
  std::vector<std::string_view> fields;
  for (const auto part : split(text, " \t")) {
    if (!part.empty()) fields.push_back(part);
  }
  if (fields.size() != kFields.size()) {
    return fail(Code::invalid,
                "\"{}\" is no cron expression: expected five fields, minute hour day month weekday, such as "
                "\"0 2 * * *\"",
                text);
  }
  Cron cron;
  Status read = fill(cron.minutes_, fields[0], kFields[0]);
  if (read) read = fill(cron.hours_, fields[1], kFields[1]);
  if (read) read = fill(cron.days_, fields[2], kFields[2]);
  if (read) read = fill(cron.months_, fields[3], kFields[3]);
  if (read) read = fill(cron.weekdays_, fields[4], kFields[4]);  // 7 is Sunday, as 0
  if (!read) return std::unexpected(read.error());
  cron.any_day_ = fields[2].starts_with('*');
  cron.any_weekday_ = fields[4].starts_with('*');
  cron.wildcard_ = fields[0].starts_with('*') || fields[1].starts_with('*');
  return cron;
}

bool Cron::on(const Date& date) const {
  if (!months_[date.month]) return false;
  const bool day = days_[date.day];
  const bool weekday = weekdays_[date.weekday];
  return any_day_ || any_weekday_ ? day && weekday : day || weekday;
}

}  // namespace steward::schedule
