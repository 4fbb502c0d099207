#include "backup/lifecycle/plan.hpp"

#include <algorithm>
#include <bit>

#include "backup/restore/archived.hpp"
#include "base/units.hpp"

namespace steward::backup {

namespace {

constexpr std::int64_t kLeastSize = 128 << 10;

std::string dollars(Nanos amount) {
  return "$" + format_nanos(amount, amount < kDollar / 100 ? 4 : 2);
}

std::string rule_name(const MoveRule& rule) {
  std::string name;
  if (rule.ia_days > 0) name = "STANDARD_IA";
  if (rule.glacier_days > 0) name += std::string(name.empty() ? "" : " and ") + "GLACIER";
  return name;
}

/// One job under its prices.
class Chooser {
 public:
  Chooser(const JobCase& job, const Prices& prices, WallNs now)
      : job_(job),
        prices_(prices),
        line_(foretell(job.habits, now)),
        filter_(size_filter(job.largest_manifest)) {}

  JobPlan plan(const std::optional<MoveRule>& set, bool force) {
    plan_.name = job_.name;
    plan_.reasons = job_.notes;
    for (const KnownBackup& backup : job_.habits.backups) {
      for (const LivedObject& object : backup.objects) plan_.bytes += object.size, ++plan_.objects;
    }
    plan_.without = bill({});
    plan_.before = set ? bill(*set) : plan_.without;
    if (job_.wanted) force ? choose_all() : choose();
    plan_.left_out = !job_.wanted;
    if (plan_.left_out) reason("the configuration leaves it out (lifecycle = false)");
    plan_.after = plan_.rule ? bill(*plan_.rule) : plan_.without;
    return std::move(plan_);
  }

 private:
  Bill bill(const MoveRule& rule) const { return bill_of(line_, rule, prices_); }
  void reason(std::string text) { plan_.reasons.push_back(std::move(text)); }
  MoveRule whole() const { return {job_.days.ia, job_.days.glacier, filter_}; }

  /// Why nothing of it may lie in GLACIER; empty: it may.
  std::string objection_to_glacier() const {
    if (job_.days.glacier == 0) return {};
    if (!job_.habits.stands_alone)
      return fmt::format("its backups build upon older ones, for which a restore would wait {}",
                         fetch_time("GLACIER"));
    if (archives_the_newest(line_, whole()))
      return fmt::format("its newest backup would come to lie there, and a restore would wait {}",
                         fetch_time("GLACIER"));
    return {};
  }

  void choose_all() {
    if (rule_name(whole()).empty()) return;
    plan_.rule = whole();
    const Nanos more = bill(whole()).total() - plan_.without.total();
    if (more > 0) reason(fmt::format("forced, although it costs {} a year more than no rule", dollars(more)));
    if (const std::string objection = objection_to_glacier(); !objection.empty())
      reason("forced into GLACIER, although " + objection);
  }

  void choose() {
    if (job_.habits.backups.empty())
      return reason("no backup is in the store yet: plan again when there are some");
    if (job_.habits.backups.size() == 1 && !job_.habits.stands_alone)
      reason("later backups are taken to be as large as the only one: plan again when there are more");
    MoveRule most = whole();
    if (const std::string objection = objection_to_glacier(); !objection.empty()) {
      if (bill(most).transitions > 0) reason(fmt::format("no GLACIER: {}", objection));
      most.glacier_days = 0;
    }
    MoveRule only_ia = most;
    only_ia.glacier_days = 0;
    for (const MoveRule& rule : {only_ia, most}) {
      const bool new_one =
          !rule_name(rule).empty() && (plan_.choices.empty() || plan_.choices.back().rule != rule);
      if (new_one) plan_.choices.push_back({rule, bill(rule)});
    }
    if (plan_.choices.empty()) return;
    const auto cost = [](const Choice& choice) { return choice.bill.total(); };
    const Choice& best = *std::ranges::min_element(plan_.choices, {}, cost);
    if (cost(best) < plan_.without.total()) plan_.rule = best.rule;
    if (!plan_.rule) return reason("no rule: " + why_not(best));
    if (best.rule != most)
      reason(
          fmt::format("no GLACIER: it would cost {} a year more", dollars(bill(most).total() - cost(best))));
  }

  std::string why_not(const Choice& choice) const {
    const auto& [rule, bill] = choice;
    if (std::ranges::none_of(line_.objects, [&](const auto& object) { return object.size > filter_; }))
      return fmt::format("none of its objects is larger than {}", format_bytes(filter_));
    const std::int64_t first = rule.ia_days > 0 ? rule.ia_days : rule.glacier_days;
    const std::string age = fmt::format("its backups are removed after at most {} days",
                                        longest_life(line_).value_or(0) / kDayNs);
    const Nanos more = bill.total() - plan_.without.total();
    if (bill.transitions == 0)
      return longest_life(line_) ? fmt::format("{}, before {} days have passed", age, first)
                                 : fmt::format("nothing of it becomes {} days old this year", first);
    const std::string costs =
        fmt::format("{} would cost {} a year more than it saves", rule_name(rule), dollars(more));
    if (bill.early > 0)
      return fmt::format("{}: {}, and {} bills at least {}", costs, age,
                         rule.ia_days > 0 ? "STANDARD_IA" : "GLACIER", rule.ia_days > 0 ? 30 : 90);
    return fmt::format("{}: {} for moving objects, {} for what drills read", costs, dollars(bill.transitions),
                       dollars(bill.retrieval));
  }

  const JobCase& job_;
  const Prices& prices_;
  Timeline line_;
  std::int64_t filter_;
  JobPlan plan_;
};

/// What becomes of one rule that is wanted.
RuleChange change_to(const objects::LifecycleRule& rule, const std::string& job,
                     const objects::LifecycleText& set) {
  const bool there =
      std::ranges::find(set.rules(), rule.id, &objects::LifecycleRule::id) != set.rules().end();
  return {set.has(rule) ? RuleChange::Kind::same
          : there       ? RuleChange::Kind::change
                        : RuleChange::Kind::add,
          rule, job, ""};
}

}  // namespace

std::int64_t size_filter(std::int64_t largest_manifest) {
  constexpr std::int64_t kMost = std::int64_t{1} << 50;
  const std::int64_t least = std::max(kLeastSize, 2 * std::clamp<std::int64_t>(largest_manifest, 0, kMost));
  return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(least)));
}

JobPlan plan_job(const JobCase& job, const std::optional<MoveRule>& set, const Prices& prices, bool force,
                 WallNs now) {
  return Chooser(job, prices, now).plan(set, force);
}

bool RulePlan::changes_any() const {
  return std::ranges::any_of(changes,
                             [](const auto& change) { return change.kind != RuleChange::Kind::same; });
}

bool RulePlan::replaces(const objects::LifecycleRule& rule) const {
  return std::ranges::any_of(changes, [&](const RuleChange& change) {
    return change.rule.id == rule.id &&
           (change.kind != RuleChange::Kind::same || std::ranges::find(wanted, change.rule) != wanted.end());
  });
}

RulePlan plan_rules(const objects::LifecycleText& set, const std::string& prefix,
                    const std::vector<JobPlan>& jobs, const std::vector<LeftJob>& left) {
  RulePlan plan;
  const auto want = [&](const objects::LifecycleRule& rule, const std::string& job) {
    plan.wanted.push_back(rule);
    plan.changes.push_back(change_to(rule, job, set));
  };
  for (const JobPlan& job : jobs) {
    if (job.rule) want(move_rule(prefix, job.name, *job.rule), job.name);
    if (!job.left_out) want(uploads_rule(prefix, job.name), job.name);
  }
  for (const objects::LifecycleRule& rule : set.rules()) {
    const auto job = job_of_rule(rule, prefix);
    if (!job || std::ranges::find(plan.wanted, rule.id, &objects::LifecycleRule::id) != plan.wanted.end())
      continue;
    RuleChange change{RuleChange::Kind::remove, rule, *job, ""};
    const auto planned = std::ranges::find(jobs, *job, &JobPlan::name);
    const auto gone = std::ranges::find(left, *job, &LeftJob::name);
    if (planned != jobs.end()) {
      change.why = planned->left_out ? "the configuration leaves the backup out" : "it does not pay";
    } else if (gone == left.end()) {
      change.kind = RuleChange::Kind::same;  // of a job that was not asked about
    } else if (gone->others) {
      change.kind = RuleChange::Kind::same;
      change.why = "another host has backups there";
    } else {
      change.why = "the backup is not in the configuration any more";
    }
    plan.changes.push_back(std::move(change));
  }
  return plan;
}

}  // namespace steward::backup
