#include "cli/backup_job.hpp"

#include "backup/restore.hpp"
#include "base/clock.hpp"
#include "cli/log_reader.hpp"
#include "os/files.hpp"

namespace steward::cli {

Result<std::unique_ptr<objects::ObjectStore>> store_of(const Options& options,
                                                       const config::Settings* settings) {
  config::Objects objects = settings == nullptr ? config::Objects{} : settings->objects;
  if (!options.store.empty()) objects.url = options.store;
  if (objects.url.empty())
    return fail(Code::invalid,
                "nothing says where the backups are: give --store URL, or [objects] url in steward.toml");
  return backup::open_configured(objects);
}

Result<std::vector<backup::Identity>> keys_of(const Options& options) {
  constexpr std::size_t kLargestKey = 4096;
  std::vector<backup::Identity> keys;
  for (const std::string& path : options.keys) {
    auto line = read_file(path, kLargestKey);
    if (!line) return std::unexpected(line.error());
    const Secret text(std::move(*line));
    auto key = backup::parse_secret_key(text.reveal());
    if (!key) return fail(key.error(), "{}", path);
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
