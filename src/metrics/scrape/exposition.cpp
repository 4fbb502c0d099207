#include "metrics/scrape/exposition.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <unordered_map>
#include <unordered_set>

#include "base/table.hpp"
#include "base/utf8.hpp"
#include "metrics/text.hpp"

namespace steward::metrics {
namespace {

std::string_view trim_left(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text;
}

/// The next word, and the blanks before it, off the front of `text`.
std::string_view take_word(std::string_view& text) {
  text = trim_left(text);
  const auto word = text.substr(0, text.find_first_of(" \t"));
  text.remove_prefix(word.size());
  return word;
}

std::optional<ScrapedType> parse_type(std::string_view word) {
  if (word == "counter") return ScrapedType::counter;
  if (word == "gauge" || word == "gaugehistogram") return ScrapedType::gauge;
  if (word == "histogram") return ScrapedType::histogram;
  if (word == "summary") return ScrapedType::summary;
  if (word == "info") return ScrapedType::info;
  if (word == "stateset") return ScrapedType::stateset;
  if (word == "untyped" || word == "unknown") return ScrapedType::untyped;
  return std::nullopt;
}

class Parser {
 public:
  explicit Parser(const ScrapeLimits& limits) : limits_(limits) {}

  Status line(std::string_view text);
  Exposition finish() { return std::move(out_); }

 private:
  Status comment(std::string_view text);
  Status sample(std::string_view text);
  /// Reads `name="value",…}` off the front of `text`.
  Status labels(std::string_view& text, ScrapedSample& sample);
  Result<std::string> quoted(std::string_view& text);
  Status keep(ScrapedSample sample);
  ScrapedType type_of(std::string_view name) const;

  const ScrapeLimits& limits_;
  Exposition out_;
  bool ended_ = false;
  bool too_much_ = false;  ///< the sample in hand is beyond a limit
  std::unordered_map<std::string, ScrapedType> types_;
  std::unordered_set<std::string> seen_;
};

Status Parser::line(std::string_view text) {
  if (ended_) return fail(Code::invalid, "expected nothing after # EOF");
  if (text.ends_with('\r')) text.remove_suffix(1);
  text = trim_left(text);
  if (text.empty()) return {};
  return text.front() == '#' ? comment(text.substr(1)) : sample(text);
}

Status Parser::comment(std::string_view text) {
  const auto keyword = take_word(text);
  if (keyword == "EOF" && trim_left(text).empty()) {
    ended_ = out_.openmetrics = true;
    return {};
  }
  if (keyword != "TYPE") return {};
  const auto name = take_word(text);
  const auto type = parse_type(take_word(text));
  if (!is_metric_name(name) || !type || !trim_left(text).empty())
    return fail(Code::invalid, "expected \"# TYPE name type\"");
  if (types_.size() < limits_.series) types_.emplace(name, *type);
  return {};
}

Status Parser::sample(std::string_view text) {
  ScrapedSample sample;
  too_much_ = false;
  const auto name = text.substr(0, text.find_first_of("{ \t"));
  if (!is_metric_name(name)) return fail(Code::invalid, "expected a metric's name");
  sample.name = name;
  text = trim_left(text.substr(name.size()));
  if (text.starts_with('{')) {
    text.remove_prefix(1);
    if (auto read = labels(text, sample); !read) return read;
  }
  const auto word = take_word(text);
  const auto value = parse_number(word);
  if (!value) return fail(Code::invalid, "expected a value for {}", name);
  sample.value = *value;
  sample.number = word;
  text = trim_left(text);
  if (!text.empty() && text.front() != '#') {
    sample.timestamp = parse_number(take_word(text));
    if (!sample.timestamp)
      return fail(Code::invalid, "expected a timestamp or nothing after the value of {}", name);
  }
  text = trim_left(text);
  if (!text.empty() && text.front() != '#')
    return fail(Code::invalid, "expected nothing after the timestamp of {}", name);
  return keep(std::move(sample));
}

Status Parser::labels(std::string_view& text, ScrapedSample& sample) {
  while (true) {
    text = trim_left(text);
    if (text.starts_with('}')) break;
    const auto name = text.substr(0, text.find_first_of("= \t\",}"));
    if (!is_label_name(name) && !name.starts_with("__"))
      return fail(Code::invalid, "expected a label's name");
    text = trim_left(text.substr(name.size()));
    if (!text.starts_with('=')) return fail(Code::invalid, "expected = after label {}", name);
    text = trim_left(text.substr(1));
    auto value = quoted(text);
    if (!value) return std::unexpected(value.error());
    if (sample.labels.size() == limits_.labels || value->size() > limits_.label_value ||
        name.starts_with("__")) {
      too_much_ = true;
    } else if (!value->empty()) {  // an empty label is the same as none
      sample.labels.emplace_back(name, std::move(*value));
    }
    text = trim_left(text);
    if (text.starts_with(',')) {
      text.remove_prefix(1);
    } else if (!text.starts_with('}')) {
      return fail(Code::invalid, "expected , or }} after label {}", name);
    }
  }
  text.remove_prefix(1);
  std::ranges::sort(sample.labels);
  const auto twice =
      std::ranges::adjacent_find(sample.labels, {}, &std::pair<std::string, std::string>::first);
  if (twice != sample.labels.end()) return fail(Code::invalid, "expected label {} once", twice->first);
  return {};
}

Result<std::string> Parser::quoted(std::string_view& text) {
  if (!text.starts_with('"')) return fail(Code::invalid, "expected a label's value in quotes");
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      text.remove_prefix(i + 1);
      if (!is_utf8(value)) return fail(Code::invalid, "expected UTF-8 in a label's value");
      return value;
    }
    if (c != '\\' || i + 1 == text.size()) {
      value += c;
      continue;
    }
    const char escaped = text[++i];
    if (escaped == 'n') {
      value += '\n';
    } else {
      if (escaped != '\\' && escaped != '"') value += '\\';
      value += escaped;
    }
  }
  return fail(Code::invalid, "expected a quote at the end of a label's value");
}

Status Parser::keep(ScrapedSample sample) {
  std::string key = sample.name;
  for (const auto& [name, value] : sample.labels)
    key.append(1, '\0').append(name).append(1, '\0').append(value);
  if (limits_.history) append_key(key, std::bit_cast<std::int64_t>(sample.timestamp.value_or(0)));
  if (too_much_ || out_.samples.size() == limits_.series || !seen_.insert(std::move(key)).second) {
    ++out_.dropped;
    return {};
  }
  sample.type = type_of(sample.name);
  out_.samples.push_back(std::move(sample));
  return {};
}

ScrapedType Parser::type_of(std::string_view name) const {
  if (const auto exact = types_.find(std::string(name)); exact != types_.end()) return exact->second;
  for (const std::string_view suffix :
       {"_total", "_bucket", "_sum", "_count", "_created", "_info", "_gsum", "_gcount"}) {
    if (!name.ends_with(suffix)) continue;
    const auto family = types_.find(std::string(name.substr(0, name.size() - suffix.size())));
    if (family != types_.end()) return family->second;
  }
  return ScrapedType::untyped;
}

}  // namespace

std::optional<double> parse_number(std::string_view word) {
  if (word.starts_with('+')) word.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

std::string_view ScrapedSample::label(std::string_view wanted) const {
  const auto at = std::ranges::find(labels, wanted, &std::pair<std::string, std::string>::first);
  return at == labels.end() ? std::string_view() : std::string_view(at->second);
}

Result<Exposition> parse_exposition(std::string_view text, const ScrapeLimits& limits) {
  if (text.size() > limits.bytes)
    return fail(Code::invalid, "expected at most {} bytes of metrics, got {}", limits.bytes, text.size());
  Parser parser(limits);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (const auto read = parser.line(line); !read)
      return fail(Code::invalid, "line {}: {}", number, read.error().message());
  }
  return parser.finish();
}

}  // namespace steward::metrics
