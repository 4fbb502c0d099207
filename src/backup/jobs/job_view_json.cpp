#include <algorithm>

#include "backup/jobs/job_view.hpp"
#include "base/units.hpp"

namespace steward::backup {

namespace {

/// Members of one object, moments and spans in the style asked for.
class Members {
 public:
  Members(JsonWriter& out, TimeStyle style) : out_(out), utc_(style == TimeStyle::utc_and_seconds) {}

  void moment(std::string_view name, std::optional<WallNs> at) {
    out_.key(name);
    if (!at || *at == 0) {
      out_.null();
    } else {
      utc_ ? out_.value(format_utc(*at)) : out_.value(*at);
    }
  }
  void span(const std::string& name, std::optional<std::int64_t> ns) {
    out_.key(name + (utc_ ? "_seconds" : "_ns"));
    if (!ns) {
      out_.null();
    } else {
      utc_ ? out_.value(static_cast<double>(*ns / kMillisecond) / 1000) : out_.value(*ns);
    }
  }
  void attempt(std::string_view name, const Attempt& attempt, const std::string& error) {
    if (attempt.started == 0 && error.empty()) {
      out_.key(name).null();
      return;
    }
    out_.object(name);
    moment("started", attempt.started);
    moment("finished", attempt.finished);
    error.empty() ? out_.key("error").null() : out_.field("error", error);
    out_.end();
  }
  /// What the newest backup and the newest proof have in common; the caller ends the object.
  template <class Kept>
  bool begin_kept(std::string_view name, const Kept& kept, WallNs now) {
    if (kept.started == 0) {
      out_.key(name).null();
      return false;
    }
    out_.object(name).field("backup", kept.time);
    moment("started", kept.started);
    moment("finished", kept.finished);
    span("age", std::max<std::int64_t>(now - kept.started, 0));
    out_.field("files", kept.files).field("bytes", kept.bytes);
    return true;
  }

 private:
  JsonWriter& out_;
  bool utc_;
};

}  // namespace

void write_view_fields(JsonWriter& out, const JobView& view, WallNs now, TimeStyle style) {
  Members members(out, style);
  out.field("name", view.name).field("running", view.runs.running).field("drilling", view.drills.running);
  members.moment("next", view.run_plan.next);
  members.span("overdue", view.overdue_ns(now));
  members.attempt("last", view.facts.run, view.run_error);
  out.field("failures", view.runs.failures);
  if (members.begin_kept("newest", view.facts.made, now))
    out.field("bytes_stored", view.facts.made.bytes_stored).end();
  members.moment("next_drill", view.drill_plan.next);
  members.span("proof_overdue", view.proof_overdue_ns(now));
  members.attempt("last_drill", view.facts.drill, view.drill_error);
  out.field("drill_failures", view.drills.failures);
  if (members.begin_kept("proved", view.facts.proved, now)) {
    out.field("rows", view.facts.proved.rows);
    members.span("took", view.facts.proved.took_ns);
    out.end();
  }
  members.span("exposure", view.exposure_ns(now));
  out.key("exposure_bytes");
  view.shipped ? out.value(view.shipped->behind_bytes) : out.null();
}

void write_views(JsonWriter& out, const std::vector<JobView>& views, WallNs now, TimeStyle style) {
  out.array("backups");
  for (const JobView& view : views) {
    out.object();
    write_view_fields(out, view, now, style);
    out.end();
  }
  out.end();
}

}  // namespace steward::backup
