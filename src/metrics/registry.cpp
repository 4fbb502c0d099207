#include "metrics/registry.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "metrics/text.hpp"

namespace steward::metrics {
namespace {

/// The names that a family keeps others from having: its samples' and its own, in both formats.
std::vector<std::string> names_of(std::string_view name, Kind kind) {
  std::vector<std::string> names{std::string(name)};
  const auto base = [&](std::string_view suffix) {
    return std::string(name.substr(0, name.size() - suffix.size()));
  };
  if (kind == Kind::counter) names.insert(names.end(), {base("_total"), base("_total") + "_created"});
  if (kind == Kind::info) names.push_back(base("_info"));
  if (kind == Kind::histogram)
    for (const char* suffix : {"_bucket", "_sum", "_count", "_created"})
      names.push_back(std::string(name) + suffix);
  return names;
}

std::string_view suffix_of(Kind kind) {
  return kind == Kind::counter ? "_total" : kind == Kind::info ? "_info" : "";
}

}  // namespace

Result<Family*> Registry::add(std::string name, std::string help, Kind kind, std::vector<Number> bounds) {
  const auto suffix = suffix_of(kind);
  if (!is_metric_name(name) || !name.ends_with(suffix) || name.size() == suffix.size())
    return fail(Code::invalid, "metric {}: expected [a-zA-Z_:][a-zA-Z0-9_:]* ending in \"{}\"", name, suffix);
  if (!is_utf8(help)) return fail(Code::invalid, "metric {}: its help is not UTF-8", name);
  const auto names = names_of(name, kind);
  if (taken(names)) return fail(Code::conflict, "metric {}: another family has samples of that name", name);
  own_names_.insert(names.begin(), names.end());
  own_.push_back(std::make_unique<Family>(std::move(name), std::move(help), kind, std::move(bounds),
                                          most_lines_, budget_));
  return own_.back().get();
}

bool Registry::taken(const std::vector<std::string>& names) const {
  return std::ranges::any_of(
      names, [&](const auto& name) { return own_names_.contains(name) || visiting_names_.contains(name); });
}

Family* Registry::visiting(std::string_view name, Kind kind) {
  const auto known = visiting_.find(name);
  if (known != visiting_.end()) return known->second.get();
  if (kind == Kind::counter && (!name.ends_with("_total") || name == "_total")) kind = Kind::untyped;
  if (!is_metric_name(name)) return nullptr;
  auto names = names_of(name, kind);
  if (taken(names) && kind == Kind::counter) {  // "x_total" beside a gauge "x": without a type it claims less
    kind = Kind::untyped;
    names = names_of(name, kind);
  }
  if (taken(names)) return nullptr;
  visiting_names_.insert(names.begin(), names.end());
  auto family = std::make_unique<Family>(std::string(name), "From a bot's journal or endpoint.", kind,
                                         std::vector<Number>{}, most_lines_ - most_lines_ / 10, budget_);
  return visiting_.emplace(std::string(name), std::move(family)).first->second.get();
}

void Registry::begin() {
  budget_.dropped_full = budget_.dropped_duplicate = budget_.dropped_invalid = 0;
  for (auto& family : own_) family->begin();
  for (auto& [name, family] : visiting_) family->begin();
}

void Registry::end() {
  for (auto& family : own_) family->end(scratch_);
  for (auto at = visiting_.begin(); at != visiting_.end();) {
    at->second->end(scratch_);
    if (!at->second->empty()) {
      ++at;
      continue;
    }
    for (const auto& name : names_of(at->first, at->second->kind())) visiting_names_.erase(name);
    at = visiting_.erase(at);
  }
  last_pass_ = budget_;
}

const Family* Registry::find(std::string_view name) const {
  const auto known = visiting_.find(name);
  if (known != visiting_.end()) return known->second.get();
  const auto own =
      std::ranges::find(own_, name, [](const auto& family) -> const std::string& { return family->name(); });
  return own == own_.end() ? nullptr : own->get();
}

void Registry::each_series(std::string_view sample_name, const Visit& visit) const {
  if (const Family* family = find(sample_name); family != nullptr) family->each_series({}, visit);
  for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
    if (!sample_name.ends_with(suffix)) continue;
    const Family* family = find(sample_name.substr(0, sample_name.size() - suffix.size()));
    if (family != nullptr) family->each_series(suffix, visit);
  }
}

void Registry::render(Format format, std::string& out) {
  out.clear();
  for (auto& family : own_) family->append_to(out, format, scratch_);
  for (auto& [name, family] : visiting_) family->append_to(out, format, scratch_);
  if (format == Format::openmetrics) out += "# EOF\n";
}

}  // namespace steward::metrics
