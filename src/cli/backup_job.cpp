#include "cli/backup_job.hpp"

#include "backup/restore/restore.hpp"
#include "base/clock.hpp"
#include "cli/log_reader.hpp"
#include "config/install.hpp"
#include "os/files.hpp"

namespace steward::cli {

Result<ChosenJobs> jobs_of(const Options& options, bool may_be_none) {
  auto file = config::find_config(options.config);
  if (!file) return std::unexpected(file.error());
  auto settings =
      options.in_force ? config::load(config::good_copy(options.state), *file) : config::load(*file);
  if (!settings) return std::unexpected(settings.error());
  ChosenJobs chosen;
  chosen.settings = std::move(*settings);
  if (!options.state.empty()) chosen.settings.state = options.state;
  for (const config::Backup& backup : chosen.settings.backups) {
    if (options.name.empty() || backup.name == options.name) chosen.jobs.push_back(&backup);
  }
  if (!chosen.jobs.empty() || (may_be_none && options.name.empty())) return chosen;
  return fail(Code::not_found, "{} has no [[backup]]{}{}", *file, options.name.empty() ? "" : " named ",
              options.name);
}

Result<config::Objects> objects_of(const Options& options, const config::Settings* settings) {
  config::Objects objects = settings == nullptr ? config::Objects{} : settings->objects;
  bool s3_alone = false;
  const auto take = [&](const std::string& given, std::string& into) {
    if (given.empty()) return;
    into = given;
    s3_alone = true;
  };
  take(options.endpoint, objects.endpoint);
  take(options.region, objects.region);
  take(options.profile, objects.profile);
  if (!options.store.empty()) objects.url = options.store;
  if (objects.url.empty())
    return fail(Code::invalid,
                "nothing says where the backups are: give --store URL, or [objects] url in steward.toml");
  if (s3_alone && !objects.url.starts_with("s3://"))
    return fail(Code::invalid, "--endpoint, --region and --profile are of a store s3://…, not of {}",
                objects.url);
  return objects;
}

Result<std::unique_ptr<objects::ObjectStore>> open_store(const config::Objects& objects, Access access) {
  return backup::open_configured(objects, {.read_only = access == Access::read});
}

Result<std::vector<backup::Identity>> keys_of(const Options& options) {
  std::vector<backup::Identity> keys;
  for (const std::string& path : options.keys) {
    auto key = backup::read_secret_key(path);
    if (!key) return std::unexpected(key.error());
    keys.push_back(std::move(*key));
  }
  return keys;
}

Result<std::string> until_of(const Options& options) {
  if (options.at.empty() || backup::is_time_name(options.at)) return options.at;
  auto moment = parse_since(options.at, SystemClock().wall());
  if (moment) std::erase_if(*moment, [](char c) { return c == '-' || c == ':'; });
  return moment;
}

Result<std::string> time_of(objects::ObjectStore& store, const std::string& job, const Options& options) {
  const auto until = until_of(options);
  return until ? backup::newest_backup(store, job, *until) : std::unexpected(until.error());
}

}  // namespace steward::cli
