#include "config/named_files.hpp"

#include <algorithm>

namespace steward::config {

std::vector<NamedFile> named_files(const Settings& settings) {
  std::vector<NamedFile> files;
  const auto add = [&](const std::string& path, bool secret) {
    if (!path.empty() && std::ranges::find(files, path, &NamedFile::path) == files.end())
      files.push_back({path, secret});
  };
  for (const Bot& bot : settings.bots) add(bot.spec.env_file, true);
  add(settings.alert_targets.env_file, true);
  for (const AlertChannel& channel : settings.alert_targets.channels) {
    for (const SecretPlace* place : secrets_of(channel)) add(place->file, true);
    add(channel.ca_file, false);
  }
  add(settings.alert_life.deadman_place.file, true);
  for (const HealthEndpoint& endpoint : settings.health.endpoints) add(endpoint.ca_file, false);
  add(settings.objects.prices, false);
  return files;
}

}  // namespace steward::config
