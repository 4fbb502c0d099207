#include "cli/lifecycle_report.hpp"

#include "base/json_writer.hpp"
#include "base/units.hpp"
#include "cli/text_table.hpp"

namespace steward::cli {

namespace {

using backup::describe;
using backup::JobPlan;
using backup::RuleChange;

std::string moves_text(const std::optional<backup::MoveRule>& rule) {
  return rule ? describe(backup::move_rule("", "x", *rule)) : "none";
}

std::string_view kind_name(RuleChange::Kind kind) {
  switch (kind) {
    case RuleChange::Kind::add:
      return "add";
    case RuleChange::Kind::change:
      return "change";
    case RuleChange::Kind::remove:
      return "remove";
    case RuleChange::Kind::same:
      break;
  }
  return "keep";
}

std::string table_of(const LifecyclePlan& plan, bool colour) {
  const std::vector<Column> columns{
      {"BACKUP"}, {"STORED", true}, {"BEFORE", true}, {"AFTER", true}, {"RULE"}};
  const auto cents = [](const backup::Bill& bill) { return Cell{backup::format_nanos(bill.total(), 2)}; };
  std::vector<std::vector<Cell>> rows;
  std::int64_t bytes = 0;
  for (const JobPlan& job : plan.jobs) {
    rows.push_back(
        {{job.name}, {format_bytes(job.bytes)}, cents(job.before), cents(job.after), {moves_text(job.rule)}});
    bytes += job.bytes;
  }
  rows.push_back({{"total", kBold}, {format_bytes(bytes)}, cents(plan.before), cents(plan.after), {""}});
  return text_table(columns, rows, colour);
}

std::string changes_text(const backup::RulePlan& rules) {
  std::string out;
  for (const RuleChange& change : rules.changes) {
    if (change.kind == RuleChange::Kind::same && change.why.empty()) continue;
    out += fmt::format("{:<7} {} on {}: {}\n", kind_name(change.kind), change.rule.id, change.rule.prefix,
                       change.why.empty() ? describe(change.rule) : change.why);
  }
  return rules.changes_any() ? out : out + "nothing is to be changed\n";
}

void write_rule(JsonWriter& out, std::string_view key, const std::optional<backup::MoveRule>& rule) {
  if (!rule) {
    out.key(key).null();
    return;
  }
  out.object(key).field("ia_days", rule->ia_days).field("glacier_days", rule->glacier_days);
  out.field("larger_than", rule->larger_than).end();
}

void write_bill(JsonWriter& out, std::string_view key, const backup::Bill& bill) {
  constexpr int kDecimals = 6;
  const auto money = [&](std::string_view name, backup::Nanos amount) {
    out.raw_field(name, backup::format_nanos(amount, kDecimals));
  };
  out.object(key);
  money("total", bill.total());
  money("storage", bill.storage);
  money("transitions", bill.transitions);
  money("early_deletion", bill.early);
  money("retrieval", bill.retrieval);
  out.end();
}

void write_texts(JsonWriter& out, std::string_view key, const std::vector<std::string>& texts) {
  out.array(key);
  for (const std::string& text : texts) out.value(text);
  out.end();
}

void write_job(JsonWriter& out, const JobPlan& job) {
  out.object().field("backup", job.name).field("bytes", job.bytes).field("objects", job.objects);
  write_rule(out, "rule", job.rule);
  write_bill(out, "before", job.before);
  write_bill(out, "after", job.after);
  write_bill(out, "without_rules", job.without);
  out.array("choices");
  for (const backup::Choice& choice : job.choices) {
    out.object();
    write_rule(out, "rule", choice.rule);
    write_bill(out, "bill", choice.bill);
    out.end();
  }
  out.end();
  write_texts(out, "reasons", job.reasons);
  out.end();
}

}  // namespace

std::string warnings_text(const std::vector<std::string>& warnings, bool colour) {
  std::string out;
  for (const std::string& warning : warnings)
    out += paint("warning", kYellow, colour) + ": " + one_line(warning) + "\n";
  return out;
}

std::string lifecycle_text(const LifecyclePlan& plan, bool colour) {
  std::string out =
      fmt::format("{}, {}: the bill of the next 365 days in dollars, at the prices of {} in {}\n\n",
                  plan.place, plan.region, plan.prices.date, plan.prices.region);
  out += table_of(plan, colour) + "\n";
  for (const JobPlan& job : plan.jobs) {
    for (const std::string& reason : job.reasons) out += fmt::format("{}: {}\n", job.name, one_line(reason));
  }
  return out + warnings_text(plan.warnings, colour) + changes_text(plan.rules);
}

std::string lifecycle_json(const LifecyclePlan& plan, bool applied) {
  JsonWriter out;
  out.object().field("store", plan.place).field("region", plan.region);
  out.field("prices_of", plan.prices.region).field("prices_date", plan.prices.date).field("days", 365);
  out.array("backups");
  for (const JobPlan& job : plan.jobs) write_job(out, job);
  out.end();
  write_bill(out, "before", plan.before);
  write_bill(out, "after", plan.after);
  out.array("changes");
  for (const RuleChange& change : plan.rules.changes) {
    out.object().field("id", change.rule.id).field("prefix", change.rule.prefix).field("backup", change.job);
    out.field("change", kind_name(change.kind))
        .field("does", describe(change.rule))
        .field("why", change.why)
        .end();
  }
  out.end();
  write_texts(out, "warnings", plan.warnings);
  return out.field("applied", applied).end().take() + "\n";
}

}  // namespace steward::cli
