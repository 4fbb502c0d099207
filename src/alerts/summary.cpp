#include "alerts/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "alerts/labels.hpp"
#include "base/units.hpp"
#include "metrics/text.hpp"

namespace steward::alerts {

namespace {

constexpr double kMostSeconds = 9e9;  // of what format_duration() takes in nanoseconds

std::string number_text(double value) {
  return std::abs(value) >= 1000 && std::abs(value) < 1e15 ? fmt::format("{:.0f}", value)
                                                           : fmt::format("{:.4g}", value);
}

}  // namespace

Summary::Kind Summary::kind_of(std::string_view name, std::string_view format) {
  if (name != "value") return format.empty() && metrics::is_label_name(name) ? Kind::label : Kind::text;
  if (format.empty()) return Kind::number;
  if (format == "percent") return Kind::percent;
  if (format == "duration") return Kind::duration;
  if (format == "bytes") return Kind::bytes;
  return format == "money" ? Kind::money : Kind::text;
}

Result<Summary> Summary::parse(std::string_view text) {
  Summary out;
  const auto literal = [&](std::string_view more) {
    if (out.parts_.empty() || out.parts_.back().kind != Kind::text) out.parts_.push_back({});
    out.parts_.back().text += more;
  };
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c != '{' && c != '}') {
      literal(text.substr(at++, 1));
    } else if (text.substr(at, 2) == std::string(2, c)) {
      literal(text.substr(at, 1));
      at += 2;
    } else {
      const auto end = text.find('}', at);
      const auto inner = end == std::string_view::npos ? "" : text.substr(at + 1, end - at - 1);
      const auto name = inner.substr(0, inner.find(':'));
      const auto format = name.size() < inner.size() ? inner.substr(name.size() + 1) : "";
      const Kind kind = kind_of(name, format);
      if (c == '}' || kind == Kind::text)
        return fail(Code::invalid,
                    "character {}: expected {{LABEL}}, {{value}} or {{value:FORMAT}} with percent, duration, "
                    "bytes or money, or {{{{ for a brace",
                    at + 1);
      out.parts_.push_back({kind, std::string(name)});
      at = end + 1;
    }
  }
  return out;
}

std::string Summary::render(const LabelSet& labels, double value) const {
  std::string out;
  for (const Part& part : parts_) {
    switch (part.kind) {
      case Kind::text:
        out += part.text;
        break;
      case Kind::label:
        out += value_of(labels, part.text);
        break;
      case Kind::percent:
        out += number_text(value * 100) + "%";
        break;
      case Kind::duration:
        out +=
            std::abs(value) < kMostSeconds
                ? (value < 0 ? "-" : "") + format_duration(static_cast<std::int64_t>(std::abs(value) * 1e9))
                : number_text(value) + " s";
        break;
      case Kind::bytes:
        out += std::abs(value) < 9e18 ? format_bytes(static_cast<std::int64_t>(value)) : number_text(value);
        break;
      case Kind::money:
        out += fmt::format("{:.2f}", value);
        break;
      case Kind::number:
        out += number_text(value);
        break;
    }
  }
  return out;
}

std::string Summary::for_prometheus() const {
  std::string out;
  for (const Part& part : parts_) {
    switch (part.kind) {
      case Kind::text:
        for (const char c : part.text) out += c == '{' ? std::string("{{ \"{\" }}") : std::string(1, c);
        break;
      case Kind::label:
        out += fmt::format("{{{{ $labels.{} }}}}", part.text);
        break;
      case Kind::percent:
        out += "{{ $value | humanizePercentage }}";
        break;
      case Kind::duration:
        out += "{{ $value | humanizeDuration }}";
        break;
      case Kind::bytes:
        out += "{{ $value | humanize1024 }}B";
        break;
      case Kind::money:
        out += "{{ $value | printf \"%.2f\" }}";
        break;
      case Kind::number:
        out += "{{ $value | printf \"%.4g\" }}";
        break;
    }
  }
  return out;
}

}  // namespace steward::alerts
