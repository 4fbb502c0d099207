// How the backups stand. What is not known is absent.
#include <algorithm>

#include "metrics/collector.hpp"

namespace steward::metrics {

void Collector::backups(const Sources& sources) {
  for (const backup::JobView& view : sources.backups) backup(view, sources.now);
}

void Collector::backup(const backup::JobView& view, WallNs now) {
  const Label name{"backup", view.name};
  const auto seconds = [&](Metric metric, std::optional<std::int64_t> ns) {
    if (ns) set(metric, {name}, Number::seconds(*ns));
  };
  const auto age = [&](Metric metric, WallNs began) {
    if (began != 0) set(metric, {name}, Number::seconds(std::max<std::int64_t>(now - began, 0)));
  };
  const backup::JobFacts::Made& made = view.facts.made;
  const backup::JobFacts::Proved& proved = view.facts.proved;
  age(Metric::backup_age, made.started);
  seconds(Metric::backup_overdue, view.overdue_ns(now));
  set(Metric::backup_failures, {name}, view.runs.failures);
  set(Metric::backup_running, {name, {"what", "run"}}, view.runs.running ? 1 : 0);
  set(Metric::backup_running, {name, {"what", "drill"}}, view.drills.running ? 1 : 0);
  if (made.started != 0) {
    set(Metric::backup_last_duration, {name}, Number::seconds(made.finished - made.started));
    set(Metric::backup_size, {name}, made.bytes);
    set(Metric::backup_stored, {name}, made.bytes_stored);
  }
  age(Metric::backup_proved_age, proved.started);
  seconds(Metric::backup_proof_overdue, view.proof_overdue_ns(now));
  if (proved.started != 0) set(Metric::backup_restore_duration, {name}, Number::seconds(proved.took_ns));
  if (view.rehearsed) set(Metric::backup_drill_failures, {name}, view.drills.failures);
  seconds(Metric::backup_exposure, view.exposure_ns(now));
  if (view.shipped) set(Metric::backup_exposure_bytes, {name}, view.shipped->behind_bytes);
}

}  // namespace steward::metrics
