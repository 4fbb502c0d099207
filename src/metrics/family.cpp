#include "metrics/family.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "base/utf8.hpp"
#include "metrics/text.hpp"

namespace steward::metrics {
namespace {

constexpr std::size_t kMostLabels = 32, kLongestValue = 1024;

std::string bound_text(const Number& bound) {
  std::array<char, Number::kMostText> buffer;
  std::string text(buffer.data(), bound.write(buffer));
  // OpenMetrics 1.0, "Considerations: Canonical Numbers": a float, also when it is whole.
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

std::string_view without(std::string_view name, std::string_view suffix) {
  return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
}

/// Makes `fresh` the text. The buffers change places, unless a small family would keep a large one's buffer
/// for ever.
void adopt(std::string& text, std::string& fresh) {
  if (fresh.size() > fresh.capacity() / 2) {
    text.swap(fresh);
  } else {
    text.assign(fresh);
  }
}

/// The labels of which Family::make_key() made `key`, into `out`.
void read_key(std::string_view key, std::vector<Label>& out) {
  out.clear();
  while (!key.empty()) {
    const auto name = key.substr(0, key.find('='));
    key.remove_prefix(name.size() + 1);
    std::uint32_t size = 0;
    std::memcpy(&size, key.data(), sizeof size);
    out.push_back({name, key.substr(sizeof size, size)});
    key.remove_prefix(sizeof size + size);
  }
}

bool allowed(Labels labels, bool histogram) {
  if (labels.size() > kMostLabels) return false;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto value = labels[i].value;
    if (!is_label_name(labels[i].name) || value.size() > kLongestValue || !is_utf8(value)) return false;
    if (histogram && labels[i].name == "le") return false;
    for (std::size_t j = 0; j < i; ++j)
      if (labels[i].name == labels[j].name) return false;
  }
  return true;
}

}  // namespace

Family::Family(std::string name, std::string help, Kind kind, std::vector<Number> bounds,
               std::size_t most_lines, Budget& budget)
    : name_(std::move(name)),
      help_(std::move(help)),
      kind_(kind),
      bounds_(std::move(bounds)),
      most_lines_(most_lines),
      budget_(budget) {}

bool Family::set(Labels labels, Number value) {
  if (kind_ == Kind::histogram || (kind_ == Kind::counter && !value.countable())) {
    ++budget_.dropped_invalid;
    return false;
  }
  const auto series = touch(labels);
  if (series) set_line(*series, value);
  return series.has_value();
}

bool Family::set_histogram(Labels labels, std::span<const std::int64_t> counts, Number sum) {
  if (kind_ != Kind::histogram || counts.size() != bounds_.size() + 1) {
    ++budget_.dropped_invalid;
    return false;
  }
  const auto series = touch(labels);
  if (!series) return false;
  std::size_t line = *series * lines_each();
  std::int64_t cumulative = 0;
  for (const std::int64_t count : counts) set_line(line++, cumulative += count);
  set_line(line++, sum);
  set_line(line, cumulative);
  return true;
}

void Family::begin() {
  ++pass_;
  next_ = 0;
}

void Family::make_key(Labels labels) {
  key_.clear();
  const auto append = [&](const Label& label) {
    const auto size = static_cast<std::uint32_t>(label.value.size());
    key_.append(label.name).push_back('=');
    key_.append(reinterpret_cast<const char*>(&size), sizeof size).append(label.value);
  };
  if (std::ranges::is_sorted(labels, {}, &Label::name)) {
    for (const Label& label : labels) append(label);
  } else {
    std::vector<Label> sorted(labels.begin(), labels.end());
    std::ranges::sort(sorted, {}, &Label::name);
    for (const Label& label : sorted) append(label);
  }
}

std::optional<std::size_t> Family::touch(Labels labels) {
  make_key(labels);
  std::size_t index = next_;
  if (index >= series_.size() || *series_[index].key != key_) {
    const auto known = by_key_.find(std::string_view(key_));
    if (known == by_key_.end()) return add(labels);
    index = known->second;
  }
  next_ = index + 1;
  if (series_[index].pass == pass_) {
    ++budget_.dropped_duplicate;
    return std::nullopt;
  }
  series_[index].pass = pass_;
  return index;
}

std::optional<std::size_t> Family::add(Labels labels) {
  if (!allowed(labels, kind_ == Kind::histogram)) {
    ++budget_.dropped_invalid;
    return std::nullopt;
  }
  if (budget_.lines + lines_each() > most_lines_) {
    ++budget_.dropped_full;
    return std::nullopt;
  }
  ++budget_.generation;
  const std::size_t index = series_.size();
  const auto entry = by_key_.emplace(key_, static_cast<std::uint32_t>(index)).first;
  series_.push_back({&entry->first, pass_});
  if (kind_ == Kind::histogram) {
    for (const Number& bound : bounds_) add_line("_bucket", labels, bound_text(bound));
    add_line("_bucket", labels, "+Inf");
    add_line("_sum", labels, {});
    add_line("_count", labels, {});
  } else {
    add_line({}, labels, {});
  }
  next_ = index + 1;
  return index;
}

void Family::add_line(std::string_view suffix, Labels labels, std::string_view le) {
  text_.append(name_).append(suffix);
  char separator = '{';
  const auto append = [&](std::string_view name, std::string_view value) {
    text_.push_back(separator);
    text_.append(name).append("=\"");
    append_label_value(text_, value);
    text_.push_back('"');
    separator = ',';
  };
  for (const Label& label : labels) append(label.name, label.value);
  if (!le.empty()) append("le", le);
  if (separator == ',') text_.push_back('}');
  text_.push_back(' ');
  lines_.push_back({.value_at = static_cast<std::uint32_t>(text_.size()), .value_size = 1});
  text_.append("0\n");
  ++budget_.lines;
}

void Family::set_line(std::size_t index, Number value) {
  Line& line = lines_[index];
  if (line.value.same(value)) return;
  line.value = value;
  if (line.changed) return;
  line.changed = true;
  changed_.push_back(static_cast<std::uint32_t>(index));
}

void Family::write_changes(std::string& scratch) {
  std::array<char, Number::kMostText> buffer;
  std::size_t resized = 0;
  for (const std::uint32_t index : changed_) {
    Line& line = lines_[index];
    line.changed = false;
    const std::size_t size = line.value.write(buffer);
    if (size == line.value_size) {
      std::memcpy(text_.data() + line.value_at, buffer.data(), size);
    } else {
      changed_[resized++] = index;
    }
  }
  changed_.resize(resized);
  if (resized > 0) splice(scratch);
  changed_.clear();
}

/// Rewrites the text with the values of changed_, whose lengths are not what they were.
void Family::splice(std::string& scratch) {
  if (!std::ranges::is_sorted(changed_)) std::ranges::sort(changed_);
  std::array<char, Number::kMostText> buffer;
  scratch.clear();
  scratch.reserve(text_.size() + changed_.size() * Number::kMostText);
  std::size_t copied = 0, shift = 0;  // shift is modulo 2^64: text may shrink too
  auto next = changed_.begin();
  for (std::size_t i = *next; i < lines_.size(); ++i) {
    Line& line = lines_[i];
    const std::size_t was_at = line.value_at;
    line.value_at = static_cast<std::uint32_t>(was_at + shift);
    if (next == changed_.end() || i != *next) continue;
    ++next;
    const std::size_t size = line.value.write(buffer);
    scratch.append(text_, copied, was_at - copied).append(buffer.data(), size);
    copied = was_at + line.value_size;
    shift += size - line.value_size;
    line.value_size = static_cast<std::uint8_t>(size);
  }
  scratch.append(text_, copied);
  adopt(text_, scratch);
}

std::size_t Family::line_begin(std::size_t index) const {
  return index == 0 ? 0 : lines_[index - 1].value_at + lines_[index - 1].value_size + 1;
}

void Family::end(std::string& scratch) {
  const auto stale = [&](const Series& series) { return series.pass != pass_; };
  if (std::ranges::none_of(series_, stale)) return;
  write_changes(scratch);
  const std::size_t each = lines_each();
  scratch.clear();
  std::size_t kept = 0;
  std::vector<Line> lines;
  for (std::size_t i = 0; i < series_.size(); ++i) {
    if (stale(series_[i])) {
      by_key_.erase(by_key_.find(*series_[i].key));
      continue;
    }
    const std::size_t begin = line_begin(i * each), end = line_begin((i + 1) * each);
    for (std::size_t l = i * each; l < (i + 1) * each; ++l) {
      lines.push_back(lines_[l]);
      lines.back().value_at = static_cast<std::uint32_t>(lines_[l].value_at - begin + scratch.size());
    }
    scratch.append(text_, begin, end - begin);
    by_key_.find(*series_[i].key)->second = static_cast<std::uint32_t>(kept);
    series_[kept++] = series_[i];
  }
  budget_.lines -= lines_.size() - lines.size();
  ++budget_.generation;
  series_.resize(kept);
  lines_ = std::move(lines);
  adopt(text_, scratch);
}

void Family::each_series(std::string_view suffix, const SeriesSource::Visit& visit) const {
  const bool buckets = suffix == "_bucket";
  if (suffix.empty() == (kind_ == Kind::histogram)) return;
  std::vector<Label> labels;
  for (std::size_t i = 0; i < series_.size(); ++i) {
    const std::size_t line = i * lines_each();
    read_key(*series_[i].key, labels);
    if (!buckets) {
      visit(labels, lines_[line + (suffix == "_sum" ? bounds_.size() + 1 : lines_each() - 1)].value);
      continue;
    }
    for (std::size_t bucket = 0; bucket <= bounds_.size(); ++bucket) {
      const std::string bound = bucket < bounds_.size() ? bound_text(bounds_[bucket]) : "+Inf";
      labels.push_back({"le", bound});
      visit(labels, lines_[line + bucket].value);
      labels.pop_back();
    }
  }
}

void Family::append_to(std::string& out, Format format, std::string& scratch) {
  write_changes(scratch);
  append_header(out, format);
  out.append(text_);
}

void Family::append_header(std::string& out, Format format) const {
  const bool open = format == Format::openmetrics;
  std::string_view name = name_, type = "untyped";
  switch (kind_) {
    case Kind::counter:
      type = "counter";
      if (open) name = without(name, "_total");
      break;
    case Kind::gauge:
      type = "gauge";
      break;
    case Kind::histogram:
      type = "histogram";
      break;
    case Kind::info:
      type = open ? "info" : "gauge";
      if (open) name = without(name, "_info");
      break;
    case Kind::untyped:
      if (open) type = "unknown";
      break;
  }
  out.append("# HELP ").append(name).push_back(' ');
  append_help(out, help_, open);
  out.append("\n# TYPE ").append(name).append(" ").append(type).push_back('\n');
}

}  // namespace steward::metrics
