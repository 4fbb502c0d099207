// steward backup status
#include "cli/backup_status.hpp"

#include "backup/jobs/configured.hpp"
#include "base/units.hpp"
#include "cli/backup_job.hpp"
#include "cli/terminal.hpp"
#include "cli/text_table.hpp"
#include "cli/zone.hpp"

namespace steward::cli {

namespace {

/// "02:00:00 (2026-11-26T02:00Z)"
std::string moment(WallNs at, WallNs now) {
  constexpr std::size_t kToMinutes = 16;
  return fmt::format("{} ({}Z)", local_moment(at, now), format_utc(at).substr(0, kToMinutes));
}

std::string ago(WallNs at, WallNs now) {
  return format_duration(std::max<std::int64_t>(now - at, 0)) + " ago";
}

std::string headline(const backup::JobView& view, WallNs now, bool colour) {
  const std::int64_t overdue = view.overdue_ns(now).value_or(0);
  std::string_view tone = kGreen;
  std::string state = "well";
  if (view.runs.running || view.drills.running) {
    const backup::Attempt& attempt = view.runs.running ? view.facts.run : view.facts.drill;
    state = fmt::format("{} since {}", view.runs.running ? "backup running" : "drill running",
                        moment(attempt.started, now));
  } else if (view.runs.failures > 0 || view.drills.failures > 0) {
    state = view.runs.failures > 0 ? "failing" : "drill failing";
    tone = kRed;
  } else if (view.facts.made.started == 0) {
    state = "not backed up yet", tone = kYellow;
  } else if (overdue > 0) {
    state = "overdue for " + format_duration(overdue), tone = kYellow;
  }
  return paint(view.name, kBold, colour) + "  " + paint(state, tone, colour) + "\n";
}

std::string line(std::string_view title, const std::string& text) {
  return fmt::format("  {:<14}{}\n", title, text);
}

std::string next_text(const backup::Plan& plan, const backup::Progress& progress, bool scheduled,
                      WallNs now) {
  if (!scheduled) return "only by hand";
  if (!plan.next) return "-";
  if (plan.start) return progress.failures > 0 ? "now, again" : "now";
  return moment(*plan.next, now) + (progress.failures > 0 && !progress.running ? ", again" : "");
}

std::string last_text(const backup::Attempt& attempt, std::int64_t failures, const std::string& error,
                      WallNs now) {
  if (attempt.started == 0) return "never";
  std::string text = moment(attempt.started, now);
  if (attempt.finished != 0) text += ", took " + format_duration(attempt.finished - attempt.started);
  if (failures > 1) text += fmt::format(", {} failures in a row", failures);
  return error.empty() ? text : text + ": " + one_line(error);
}

std::string newest_text(const backup::JobFacts::Made& made, WallNs now) {
  if (made.started == 0) return "none";
  return fmt::format("{}, {}, {} files, {}, {} stored", made.time, ago(made.started, now), made.files,
                     format_bytes(made.bytes), format_bytes(made.bytes_stored));
}

std::string proved_text(const backup::JobFacts::Proved& proved, WallNs now) {
  if (proved.started == 0) return "none: no drill has restored one yet";
  return fmt::format("{}, {}, restored in {}", proved.time, ago(proved.started, now),
                     format_duration(proved.took_ns));
}

std::string exposed_text(const backup::SourceExposure& exposed) {
  std::string text = exposed.source + ": ";
  if (exposed.ns == 0) {
    text += "nothing";
  } else {
    text += exposed.ns ? format_duration(*exposed.ns) : "all of it";
    if (exposed.bytes) text += ", " + format_bytes(*exposed.bytes);
  }
  return exposed.note.empty() ? text : text + " (" + one_line(exposed.note) + ")";
}

void write_json(JsonWriter& out, const backup::JobView& view,
                const std::vector<backup::SourceExposure>& exposed, WallNs now) {
  out.object();
  backup::write_view_fields(out, view, now, backup::TimeStyle::ns);
  out.array("sources");
  for (const backup::SourceExposure& source : exposed) {
    out.object().field("source", source.source);
    source.ns ? out.field("exposure_ns", *source.ns) : out.key("exposure_ns").null();
    source.bytes ? out.field("exposure_bytes", *source.bytes) : out.key("exposure_bytes").null();
    source.note.empty() ? out.key("note").null() : out.field("note", source.note);
    out.end();
  }
  out.end().end();
}

}  // namespace

std::string backup_status_text(const backup::JobView& view,
                               const std::vector<backup::SourceExposure>& exposed, WallNs now, bool colour) {
  const backup::JobFacts& facts = view.facts;
  std::string out = headline(view, now, colour);
  out += line("next backup", next_text(view.run_plan, view.runs, view.scheduled, now));
  out += line("last run", last_text(facts.run, view.runs.failures, view.run_error, now));
  out += line("newest", newest_text(facts.made, now));
  out += line("newest proved", proved_text(facts.proved, now));
  if (view.rehearsed) out += line("next drill", next_text(view.drill_plan, view.drills, true, now));
  if (view.rehearsed || facts.drill.started != 0)
    out += line("last drill", last_text(facts.drill, view.drills.failures, view.drill_error, now));
  std::string_view title = "lost now";
  for (const backup::SourceExposure& source : exposed)
    out += line(std::exchange(title, ""), exposed_text(source));
  return out;
}

int run_backup_status(const Options& options) {
  const auto scene = jobs_of(options);
  if (!scene) return give_up(scene.error());
  const config::Settings& settings = scene->settings;
  const SystemClock clock;
  const WallNs now = clock.wall();
  use_zone(settings.timezone);
  JsonWriter json;
  json.object().field("now", now).field("timezone", settings.timezone).array("backups");
  std::string text;
  for (const config::Backup* job : scene->jobs) {
    backup::JobView view = backup::view_job(*job, settings, now);
    // Bots go on writing: what the shipper noted some seconds ago is not all, without an agent even less.
    if (view.shipped) view.shipped = backup::unshipped(*job, settings, clock);
    const auto exposed = backup::exposure_of(*job, settings, view, now);
    if (options.json) {
      write_json(json, view, exposed, now);
    } else {
      text += (text.empty() ? "" : "\n") + backup_status_text(view, exposed, now, colours());
    }
  }
  print(options.json ? json.end().end().take() + "\n" : text);
  return kDone;
}

}  // namespace steward::cli
