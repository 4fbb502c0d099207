#include "metrics/negotiate.hpp"

#include <algorithm>
#include <charconv>

namespace steward::metrics {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trim(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// Takes what comes before the next `separator`, which does not count inside quotes.
std::string_view take(std::string_view& text, char separator) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (quoted && text[at] == '\\') ++at;
    if (!quoted && at < text.size() && text[at] == separator) break;
  }
  at = std::min(at, text.size());
  const auto part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return trim(part);
}

double parse_quality(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= 0 && value <= 1 ? value : 0;
}

/// One media range of an Accept header against one media type.
struct Fit {
  int specificity = 0;  ///< 0: does not fit
  double quality = 1;
};

Fit fit(std::string_view range, std::string_view media_type, std::string_view version) {
  Fit result;
  const auto named = take(range, ';');
  if (same_word(named, media_type)) {
    result.specificity = 3;
  } else if (named == "*/*") {
    result.specificity = 1;
  } else if (named.ends_with("/*") && media_type.size() >= named.size() &&
             same_word(named.substr(0, named.size() - 1), media_type.substr(0, named.size() - 1))) {
    result.specificity = 2;
  } else {
    return {};
  }
  while (!range.empty()) {
    auto parameter = take(range, ';');
    const auto name = take(parameter, '=');
    auto value = trim(parameter);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    if (same_word(name, "q")) {
      result.quality = parse_quality(value);
    } else if (same_word(name, "version") && !version.empty()) {
      if (value != version) return {};
      ++result.specificity;
    }
  }
  return result;
}

}  // namespace

std::string_view content_type(Format format) {
  return format == Format::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                       : "text/plain; version=0.0.4; charset=utf-8";
}

double accept_quality(std::string_view accept, std::string_view media_type, std::string_view version) {
  if (trim(accept).empty()) return 1;
  Fit best{.specificity = 0, .quality = 0};
  while (!accept.empty()) {
    const Fit candidate = fit(take(accept, ','), media_type, version);
    if (candidate.specificity > best.specificity ||
        (candidate.specificity == best.specificity && candidate.quality > best.quality))
      best = candidate;
  }
  return best.specificity == 0 ? 0 : best.quality;
}

Format negotiate(std::string_view accept) {
  // Only a client that names OpenMetrics gets it: a browser's or curl's "*/*" means text.
  const double wildcard = accept_quality(accept, "application/x-nobody-asks-for-this");
  const double open = accept_quality(accept, "application/openmetrics-text", "1.0.0");
  const double text = accept_quality(accept, "text/plain", "0.0.4");
  return open > text && open > wildcard ? Format::openmetrics : Format::text;
}

}  // namespace steward::metrics
