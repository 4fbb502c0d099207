// steward backup list, steward backup verify
#include "cli/backup_stored.hpp"

#include <optional>

#include "backup/manifest/catalog.hpp"
#include "backup/restore/archived.hpp"
#include "backup/restore/verify.hpp"
#include "base/json_writer.hpp"
#include "base/units.hpp"
#include "cli/backup_job.hpp"
#include "cli/progress_bar.hpp"
#include "cli/terminal.hpp"

namespace steward::cli {

namespace {

/// Each of them, also behind one that fails; the first failure, when the others were told.
template <class Do>
Status each_time(const std::vector<std::string>& times, const Do& act) {
  Status first;
  for (const std::string& time : times) {
    auto done = act(time);
    if (done) continue;
    if (first) {
      first = std::move(done);
    } else {
      static_cast<void>(give_up(done.error()));
    }
  }
  return first;
}

Status list_time(const std::string& name, const std::string& time, objects::ObjectStore& store,
                 const Options& options) {
  auto manifest = backup::read_manifest(store, name, time);
  if (!manifest && manifest.error().code() == Code::not_found) return {};  // removed meanwhile
  if (!manifest) return backup::unreadable(store, name, time, manifest.error());
  if (options.json) {
    JsonWriter out;
    out.object().field("backup", name).field("time", time).field("parent", manifest->parent);
    out.field("host", manifest->host).field("files", manifest->entries);
    print(out.field("encrypted", manifest->encrypted()).end().take() + "\n");
  } else {
    print(fmt::format("{}  {}  {}  {} entries{}\n", name, time, manifest->host, manifest->entries,
                      manifest->encrypted() ? "  encrypted" : ""));
  }
  return {};
}

/// No failure where whatever is there was meant.
Status removed_meanwhile(const std::string& name, const std::string& time, const Options& options) {
  const std::string gone = fmt::format("{}/{} was removed while it was read, as `keep` wants it", name, time);
  if (!options.all && options.sample == 0) return fail(Code::not_found, "{}; come again", gone);
  remark(gone);
  return {};
}

Status verify_time(const std::string& name, const std::string& time, objects::ObjectStore& store,
                   const std::vector<backup::Identity>& keys, const Options& options) {
  std::optional<ProgressBar> bar(!options.json);
  auto report = backup::verify(store, name, time, keys, {}, bar->meter());
  bar.reset();
  if (!report && backup::was_removed(store, name, time)) return removed_meanwhile(name, time, options);
  if (!report) return std::unexpected(report.error());
  if (options.json) {
    JsonWriter out;
    out.object().field("backup", name).field("time", time).field("proved", report->proved);
    print(out.field("files", report->files).field("bytes", report->bytes).end().take() + "\n");
  } else if (report->proved) {
    print(fmt::format("{}/{}: {} files, {}, every hash is right\n", name, time, report->files,
                      format_bytes(report->bytes)));
  } else {
    print(
        fmt::format("{}/{}: as it was stored, but no key given opens all of it (--key FILE), so its content "
                    "is not proved\n",
                    name, time));
  }
  return {};
}

/// The times that --all, --sample or --at mean.
Result<std::vector<std::string>> times_to_verify(const std::string& job, objects::ObjectStore& store,
                                                 const Options& options) {
  if (options.sample > 0) {
    SystemRandom random;
    return backup::sample_backups(store, job, options.sample, random);
  }
  if (options.all) return backup::list_times(store, job);
  auto time = time_of(store, job, options);
  if (!time) return std::unexpected(time.error());
  return std::vector{std::move(*time)};
}

}  // namespace

Status list_backups(const std::string& job, objects::ObjectStore& store, const Options& options) {
  auto times = backup::list_times(store, job);
  if (!times) return std::unexpected(times.error());
  if (times->empty()) remark(fmt::format("{} holds no backup of {}", store.place(), job));
  return each_time(*times, [&](const std::string& time) { return list_time(job, time, store, options); });
}

Status verify_backups(const std::string& job, objects::ObjectStore& store, const Options& options) {
  auto keys = keys_of(options);
  if (!keys) return std::unexpected(keys.error());
  auto times = times_to_verify(job, store, options);
  if (!times) return std::unexpected(times.error());
  return each_time(*times,
                   [&](const std::string& time) { return verify_time(job, time, store, *keys, options); });
}

}  // namespace steward::cli
