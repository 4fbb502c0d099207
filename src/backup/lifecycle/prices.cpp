#include "backup/lifecycle/prices.hpp"

#include <algorithm>
#include <array>

#include "config/table_reader.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

constexpr int kDecimals = 9;
constexpr Nanos kMostDollars = 100;
constexpr std::size_t kLargestTable = 64 << 10;

/// The day on which the table was made.
constexpr std::string_view kDate = "2026-11-25";

struct Region {
  std::string_view name;
  Nanos standard, ia, glacier;  // a GB and month
};
constexpr std::array kRegions = {
    Region{"us-east-1", 23'000'000, 12'500'000, 3'600'000},
    Region{"us-east-2", 23'000'000, 12'500'000, 3'600'000},
    Region{"us-west-2", 23'000'000, 12'500'000, 3'600'000},
    Region{"eu-west-1", 23'000'000, 12'500'000, 3'600'000},
    Region{"eu-west-2", 24'000'000, 13'100'000, 4'050'000},
};
constexpr Nanos kIntoIa = kDollar / 100, kIntoGlacier = 3 * kDollar / 100, kReadIa = kDollar / 100;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// One price of a table; 0 when it is absent and need not be there.
void read_price(config::TableReader& table, std::string_view key, bool needed, int line, Nanos& out,
                config::Reading& reading) {
  std::string text;
  const int at = table.text(key, text);
  if (at == 0) {
    if (needed) reading.problem(line, "the price {} is missing; add {} = \"0.0125\"", key, key);
    return;
  }
  const auto price = parse_nanos(text);
  if (!price) return reading.problem(at, "{}: {}", key, price.error().message());
  out = *price;
}

void read_class(config::TableReader& root, std::string_view name, bool moved_into, ClassPrices& out,
                config::Reading& reading) {
  int line = 0;
  config::TableReader table = root.table(name, line);
  read_price(table, "storage", true, line, out.storage, reading);
  if (moved_into) read_price(table, "transition", true, line, out.transition, reading);
  if (moved_into) read_price(table, "retrieval", false, line, out.retrieval, reading);
  table.finish();
}

}  // namespace

Result<Nanos> parse_nanos(std::string_view text) {
  const auto point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view part = text.substr(std::min(point + 1, text.size()));
  const bool good = !whole.empty() && whole.size() < 8 && std::ranges::all_of(whole, is_digit) &&
                    (point == text.size() || !part.empty()) && part.size() <= kDecimals &&
                    std::ranges::all_of(part, is_digit);
  Nanos value = 0;
  for (const char c : good ? whole : "") value = value * 10 + (c - '0');
  if (!good || value >= kMostDollars)
    return fail(Code::invalid, "expected a price such as \"0.0125\", found {:?}", text.substr(0, 40));
  for (std::size_t i = 0; i < kDecimals; ++i) value = value * 10 + (i < part.size() ? part[i] - '0' : 0);
  return value;
}

std::string format_nanos(Nanos amount, int decimals) {
  Nanos unit = 1;
  for (int i = decimals; i < kDecimals; ++i) unit *= 10;
  const Nanos size = amount < 0 ? -amount : amount;
  const Nanos rounded = (size + unit / 2) / unit;
  const Nanos whole = kDollar / unit;
  std::string out = fmt::format("{}{}", amount < 0 && rounded > 0 ? "-" : "", rounded / whole);
  if (decimals > 0) out += fmt::format(".{:0{}}", rounded % whole, decimals);
  return out;
}

std::optional<Prices> amazon_prices(std::string_view region) {
  const auto at = std::ranges::find(kRegions, region, &Region::name);
  if (at == kRegions.end()) return std::nullopt;
  return Prices{.region = std::string(region),
                .date = std::string(kDate),
                .standard = {at->standard, 0, 0},
                .ia = {at->ia, kIntoIa, kReadIa},
                .glacier = {at->glacier, kIntoGlacier, 0}};
}

std::vector<std::string_view> priced_regions() {
  std::vector<std::string_view> names;
  for (const Region& region : kRegions) names.push_back(region.name);
  return names;
}

Result<Prices> parse_prices(std::string_view text, const std::string& file) {
  const auto document = config::parse_document(text);
  if (!document) return fail(Code::invalid, "{}:{}: {}", file, document.error().line, document.error().text);
  config::Reading reading;
  reading.file = file;
  config::TableReader root(std::get_if<config::Node::Table>(&document->value), "the table of prices", "",
                           reading);
  Prices prices{.region = file};
  if (root.text("date", prices.date) == 0)
    reading.problem(0, "add the day on which these prices were looked up, such as date = \"2026-11-25\"");
  read_class(root, "STANDARD", false, prices.standard, reading);
  read_class(root, "STANDARD_IA", true, prices.ia, reading);
  read_class(root, "GLACIER", true, prices.glacier, reading);
  root.finish();
  if (config::any_error(reading.problems))
    return fail(Code::invalid, "{}", config::error_sentences(reading.problems));
  return prices;
}

Result<Prices> read_prices(const std::string& file) {
  const auto text = read_file(file, kLargestTable);
  if (!text) return fail(text.error(), "no prices from {}", file);
  return parse_prices(*text, file);
}

}  // namespace steward::backup
