// steward backup lifecycle
#include <algorithm>

#include "backup/lifecycle/apply.hpp"
#include "backup/lifecycle/study.hpp"
#include "base/json_writer.hpp"
#include "cli/backup_job.hpp"
#include "cli/lifecycle_report.hpp"
#include "cli/terminal.hpp"
#include "cli/text_table.hpp"

namespace steward::cli {

namespace {

using backup::describe;

/// The jobs that are meant, their bucket, and the rules that are set.
struct Scene : ChosenJobs {
  std::unique_ptr<objects::BucketLifecycle> bucket;
  objects::LifecycleText set;
  config::Objects where;  ///< --store and the like heeded

  std::vector<std::string> dangers() const {
    std::vector<std::string> names;
    for (const config::Backup& job : settings.backups) names.push_back(job.name);
    return backup::foreign_dangers(set.rules(), bucket->prefix(), names);
  }
};

Result<Scene> scene_of(const Options& options) {
  auto chosen = jobs_of(options, true);  // rules of jobs that are gone may be there
  if (!chosen) return std::unexpected(chosen.error());
  auto objects = objects_of(options, &chosen->settings);
  if (!objects) return std::unexpected(objects.error());
  auto bucket = backup::open_configured_lifecycle(*objects);
  if (!bucket) return std::unexpected(bucket.error());
  auto state = (*bucket)->read();
  if (!state) return std::unexpected(state.error());
  auto set = objects::LifecycleText::parse(std::move(state->xml));
  if (!set) return std::unexpected(set.error());
  return Scene{{std::move(*chosen)}, std::move(*bucket), std::move(*set), std::move(*objects)};
}

/// The rule of ours that the bucket has for a job.
std::optional<backup::MoveRule> set_rule(const Scene& scene, const std::string& job) {
  const std::string id = backup::move_rule(scene.bucket->prefix(), job, {}).id;
  const auto at = std::ranges::find(scene.set.rules(), id, &objects::LifecycleRule::id);
  return at == scene.set.rules().end() ? std::nullopt : backup::move_of(*at);
}

Result<LifecyclePlan> make_plan(const Scene& scene, const Options& options) {
  const std::string& written = scene.settings.objects.storage_class;
  if (!written.empty() && written != "STANDARD")
    return fail(
        Code::invalid,
        "archives are written as {} ([objects] storage_class): take that out, and the rules move them "
        "to where they are cheapest",
        written);
  auto prices = backup::prices_for(scene.settings.objects, scene.bucket->region());
  if (!prices) return std::unexpected(prices.error());
  auto store = open_store(scene.where, Access::read);
  if (!store) return std::unexpected(store.error());
  const WallNs now = SystemClock().wall();
  LifecyclePlan plan{.place = scene.bucket->place(),
                     .region = scene.bucket->region(),
                     .prices = std::move(*prices),
                     .warnings = scene.dangers()};
  for (const config::Backup* job : scene.jobs) {
    auto known = backup::study_job(*job, scene.settings, **store);
    if (!known) return std::unexpected(known.error());
    plan.jobs.push_back(plan_job(*known, set_rule(scene, job->name), plan.prices, options.force, now));
    plan.before += plan.jobs.back().before;
    plan.after += plan.jobs.back().after;
  }
  std::vector<backup::LeftJob> left;
  if (options.name.empty()) {
    auto found = backup::left_jobs(scene.set, scene.bucket->prefix(), scene.settings, **store);
    if (!found) return std::unexpected(found.error());
    left = std::move(*found);
  }
  plan.rules = plan_rules(scene.set, scene.bucket->prefix(), plan.jobs, left);
  if (!scene.bucket->amazon() && scene.settings.objects.prices.empty())
    plan.warnings.push_back(
        fmt::format("the store is not Amazon's, but these are Amazon's prices in {}: give its own "
                    "with [objects] prices",
                    scene.bucket->region()));
  return plan;
}

int run_plan(const Options& options) {
  const auto scene = scene_of(options);
  if (!scene) return give_up(scene.error());
  const auto plan = make_plan(*scene, options);
  if (!plan) return give_up(plan.error());
  print(options.json ? lifecycle_json(*plan, false) : lifecycle_text(*plan, colours()));
  return kDone;
}

int run_apply(const Options& options) {
  const auto scene = scene_of(options);
  if (!scene) return give_up(scene.error());
  const auto plan = make_plan(*scene, options);
  if (!plan) return give_up(plan.error());
  if (!options.json) print(lifecycle_text(*plan, colours()));
  const Status done = apply_rules(*scene->bucket, scene->set, plan->rules);
  const bool applied = done && plan->rules.changes_any();
  if (options.json) print(lifecycle_json(*plan, applied));
  if (!done) return give_up(done.error());
  if (applied && !options.json) print("the rules are set, and were read back\n");
  return kDone;
}

int run_show(const Options& options) {
  const auto scene = scene_of(options);
  if (!scene) return give_up(scene.error());
  const std::vector<std::string> dangers = scene->dangers();
  JsonWriter out;
  out.object().field("store", scene->bucket->place()).field("region", scene->bucket->region()).array("rules");
  std::vector<std::vector<Cell>> rows;
  for (const objects::LifecycleRule& rule : scene->set.rules()) {
    const auto job = backup::job_of_rule(rule, scene->bucket->prefix());
    out.object().field("id", rule.id).field("prefix", rule.prefix).field("enabled", rule.enabled);
    job ? out.field("backup", *job) : out.key("backup").null();
    out.field("does", describe(rule)).end();
    rows.push_back({{one_line(rule.id)},
                    {job ? *job : "(not ours)"},
                    {one_line(rule.prefix)},
                    {one_line(describe(rule))}});
  }
  out.end().array("warnings");
  for (const std::string& danger : dangers) out.value(danger);
  if (options.json) {
    print(out.end().end().take() + "\n");
    return kDone;
  }
  if (rows.empty()) print(scene->bucket->place() + " has no lifecycle rules\n");
  if (!rows.empty()) print(text_table({{"RULE"}, {"BACKUP"}, {"PREFIX"}, {"DOES"}}, rows, colours()));
  print(warnings_text(dangers, colours()));
  return kDone;
}

int run_lifecycle(const Options&) {
  remark("backup lifecycle: name plan, apply or show; see `steward backup lifecycle --help`");
  return kUsage;
}

}  // namespace

std::vector<Command> lifecycle_commands() {
  return {
      {"lifecycle",
       "commands",
       "let old archives move to cheaper storage classes of S3, where that pays",
       "Archives (never manifests) move to STANDARD_IA after 30 days and to GLACIER after 90, or as the "
       "backup's "
       "`lifecycle` says,\nwhere the next year's bill gets smaller by it; to GLACIER only where no backup "
       "needs "
       "another. Uploads that\nnever ended go after 7 days. Rules of others in the bucket stay byte for byte "
       "as "
       "they are.\n\n"
       "  steward backup lifecycle plan\n  steward backup lifecycle apply\n  steward backup lifecycle show",
       {},
       run_lifecycle,
       {{"plan",
         "commands",
         "print the year's bill before and after, and what would be changed",
         "  steward backup lifecycle plan\n  steward backup lifecycle plan database --force\n"
         "  steward backup lifecycle plan --json | jq '.backups[] | {backup, before: .before.total, after: "
         ".after.total}'",
         {Arg::backup_or_all, Arg::force_rules, Arg::store, Arg::endpoint, Arg::region, Arg::profile,
          Arg::json, Arg::config, Arg::state},
         run_plan},
        {"apply",
         "commands",
         "do what `plan` prints, and read it back",
         "A rule that costs more than it saves is not set, unless it is forced. Needs the permissions "
         "s3:GetLifecycleConfiguration and\ns3:PutLifecycleConfiguration.\n\n"
         "  steward backup lifecycle apply\n  steward backup lifecycle apply database --force",
         {Arg::backup_or_all, Arg::force_rules, Arg::store, Arg::endpoint, Arg::region, Arg::profile,
          Arg::json, Arg::config, Arg::state},
         run_apply},
        {"show",
         "commands",
         "print the rules that the bucket has, and which of them endanger backups",
         "  steward backup lifecycle show\n  steward backup lifecycle show --json | jq -r '.warnings[]'",
         {Arg::store, Arg::endpoint, Arg::region, Arg::profile, Arg::json, Arg::config, Arg::state},
         run_show}}}};
}

}  // namespace steward::cli
