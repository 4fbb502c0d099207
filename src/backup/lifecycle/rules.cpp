#include "backup/lifecycle/rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "backup/manifest/manifest.hpp"
#include "backup/restore/archived.hpp"
#include "base/units.hpp"
#include "objects/digest.hpp"

namespace steward::backup {

namespace {

constexpr std::string_view kOurs = "steward-";
constexpr std::string_view kUploads = "-uploads";
constexpr std::size_t kDigits = 16;

std::string id_of(const std::string& prefix, const std::string& job) {
  const objects::Sha256 hash = objects::sha256(prefix + "\n" + job);
  return fmt::format("{}{}-{}", kOurs, job, objects::hex(objects::bytes_of(hash)).substr(0, kDigits));
}

bool touches(const objects::LifecycleRule& rule, const std::string& folder) {
  return rule.enabled && !rule.tagged && (rule.prefix.starts_with(folder) || folder.starts_with(rule.prefix));
}

std::string when(std::int64_t days) {
  return days < 0 ? "at a date" : fmt::format("after {} days", days);
}

/// What it does to an object that a backup needs; empty: nothing bad.
std::string danger_of(const objects::LifecycleRule& rule) {
  if (rule.expire_days != 0) return fmt::format("deletes them {}", when(rule.expire_days));
  for (const objects::LifecycleMove& move : rule.moves) {
    if (objects::is_archive_class(move.storage_class))
      return fmt::format("moves them to {} {}{}, so that restores wait {}", move.storage_class,
                         when(move.days), rule.larger_than > 0 ? "" : ", manifests too",
                         fetch_time(move.storage_class));
  }
  return {};
}

}  // namespace

objects::LifecycleRule move_rule(const std::string& prefix, const std::string& job, const MoveRule& move) {
  objects::LifecycleRule rule{
      .id = id_of(prefix, job), .prefix = prefix + job + "/", .larger_than = move.larger_than};
  const auto add = [&](std::int64_t days, Tier tier) {
    if (days > 0) rule.moves.push_back({days, std::string(tier_name(tier))});
  };
  add(move.ia_days, Tier::ia);
  add(move.glacier_days, Tier::glacier);
  return rule;
}

objects::LifecycleRule uploads_rule(const std::string& prefix, const std::string& job) {
  return {.id = id_of(prefix, job) + std::string(kUploads),
          .prefix = prefix + job + "/",
          .abort_days = kAbortDays};
}

std::optional<std::string> job_of_rule(const objects::LifecycleRule& rule, const std::string& prefix) {
  std::string_view id = rule.id;
  if (id.ends_with(kUploads)) id.remove_suffix(kUploads.size());
  if (!id.starts_with(kOurs) || id.size() <= kOurs.size() + kDigits + 1) return std::nullopt;
  std::string job(id.substr(kOurs.size(), id.size() - kOurs.size() - kDigits - 1));
  if (!is_job_name(job) || id_of(prefix, job) != id) return std::nullopt;
  return job;
}

std::optional<MoveRule> move_of(const objects::LifecycleRule& rule) {
  if (!rule.enabled || rule.moves.empty()) return std::nullopt;
  MoveRule move{.larger_than = rule.larger_than};
  for (const auto& [days, storage_class] : rule.moves) {
    if (storage_class == tier_name(Tier::ia)) move.ia_days = days;
    if (storage_class == tier_name(Tier::glacier)) move.glacier_days = days;
  }
  return move;
}

std::string describe(const objects::LifecycleRule& rule) {
  std::vector<std::string> parts;
  for (const auto& [days, storage_class] : rule.moves)
    parts.push_back(fmt::format("{} {}", storage_class, when(days)));
  if (rule.expire_days != 0) parts.push_back(fmt::format("deleted {}", when(rule.expire_days)));
  if (rule.abort_days > 0) parts.push_back(fmt::format("unfinished uploads end {}", when(rule.abort_days)));
  if (rule.larger_than > 0) parts.push_back("objects larger than " + format_bytes(rule.larger_than));
  if (rule.tagged) parts.emplace_back("objects with a tag");
  if (!rule.enabled) parts.emplace_back("switched off");
  return parts.empty() ? "something else" : fmt::format("{}", fmt::join(parts, ", "));
}

std::vector<std::string> foreign_dangers(const std::vector<objects::LifecycleRule>& rules,
                                         const std::string& prefix, const std::vector<std::string>& jobs) {
  std::vector<std::string> found;
  for (const objects::LifecycleRule& rule : rules) {
    if (job_of_rule(rule, prefix)) continue;
    std::vector<std::string> hit;
    for (const std::string& job : jobs) {
      if (touches(rule, prefix + job + "/") || touches(rule, prefix + job + ".tail/")) hit.push_back(job);
    }
    const std::string danger = danger_of(rule);
    if (!hit.empty() && !danger.empty())
      found.push_back(fmt::format(
          "the rule {:?} on {:?}, which is not Steward's, is for objects of the backups {} too: it {}",
          rule.id, rule.prefix, fmt::join(hit, ", "), danger));
    if (rule.old_form)
      found.push_back(
          fmt::format("the rule {:?} has its <Prefix> outside a <Filter>, as before 2016, which Amazon does "
                      "not take beside rules with a size filter: write it anew",
                      rule.id));
  }
  return found;
}

}  // namespace steward::backup
