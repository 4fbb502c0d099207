#include "agent/host_health.hpp"

#include <algorithm>
#include <cmath>

#include "base/json_writer.hpp"
#include "base/units.hpp"
#include "os/facts/pressure.hpp"

namespace steward::agent {

namespace {

using config::HealthSettings;

/// 0.8512 is 85.1.
double percent(double ratio) {
  return std::round(ratio * 1000) / 10;
}

Check above(std::string name, double value, std::int64_t most, std::string_view of) {
  const bool warning = value > static_cast<double>(most);
  std::string text = warning ? fmt::format("{}: {:.0f} % {}, more than {} %", name, value, of, most) : "";
  return {std::move(name), warning, std::move(text)};
}

void judge_disk(const Disk& disk, const HealthSettings& settings, std::vector<Check>& checks) {
  if (disk.size_bytes == 0) return;
  const std::string name = "disk " + disk.mount_point;
  checks.push_back(above(name, percent(disk.used_ratio()), settings.disk_percent, "used"));
  if (disk.inodes > 0)
    checks.push_back(above("inodes " + disk.mount_point, percent(disk.inodes_used_ratio()),
                           settings.inodes_percent, "used"));
  if (!disk.full_in_ns || *disk.full_in_ns >= settings.disk_full_in) return;
  checks.push_back({name, true,
                    fmt::format("{}: full in {} by its trend, sooner than {}", name,
                                format_duration(*disk.full_in_ns), duration_setting(settings.disk_full_in))});
}

Check judge_clock(const HealthSnapshot& snapshot, const HealthSettings& settings) {
  Check check{.name = "clock"};
  const auto offset = snapshot.host.clock ? snapshot.host.clock->offset_ns : std::nullopt;
  check.warning = offset && std::abs(*offset) > settings.clock_offset;
  if (check.warning)
    check.text = fmt::format("clock: {} {}, more than {}", format_duration(std::abs(*offset)),
                             *offset > 0 ? "behind" : "ahead", duration_setting(settings.clock_offset));
  return check;
}

void judge_endpoint(const metrics::EndpointFacts& endpoint, WallNs now, const HealthSettings& settings,
                    std::vector<Check>& checks) {
  if (!endpoint.known) return;
  const std::string name = "endpoint " + endpoint.name;
  checks.push_back({name, !endpoint.up, endpoint.up ? "" : name + ": " + endpoint.error});
  if (endpoint.tls_expires == 0) return;
  const std::int64_t left = endpoint.tls_expires - now;
  Check check{.name = "certificate of " + name, .warning = left < settings.tls_expiry};
  if (check.warning)
    check.text = left <= 0 ? fmt::format("{}: expired {} ago", check.name, format_duration(-left))
                           : fmt::format("{}: expires in {}, sooner than {}", check.name,
                                         format_duration(left), duration_setting(settings.tls_expiry));
  checks.push_back(std::move(check));
}

void judge_bots(const HealthSnapshot& snapshot, std::vector<Check>& checks) {
  for (const HealthSnapshot::Bot& bot : snapshot.bots) {
    Check check{.name = "bot " + bot.name};
    check.warning = bot.state == "unready" || bot.state == "backing-off" || bot.state == "struggling" ||
                    bot.state == "held";
    if (check.warning)
      check.text = check.name + " is " + bot.state + (bot.reason.empty() ? "" : ": " + bot.reason);
    checks.push_back(std::move(check));
  }
}

void number_or_null(JsonWriter& json, std::string_view key, std::optional<double> number) {
  number ? json.field(key, *number) : json.key(key).null();
}

double seconds(std::int64_t ns) {
  return static_cast<double>(ns / kMicrosecond) / 1e6;
}

void add_host(JsonWriter& json, const HealthSnapshot& snapshot) {
  const HostFacts& host = snapshot.host;
  json.field("cpu_percent", percent(host.cpu_ratio));
  const auto minute = snapshot.cpu_ratio_of_minute;
  number_or_null(json, "cpu_percent_minute", minute ? std::optional(percent(*minute)) : std::nullopt);
  json.field("cpus", host.cpus);
  json.array("load_average");
  for (const double load : host.load) json.value(load);
  json.end().field("memory_percent", percent(host.memory_ratio()));
  json.field("memory_total_bytes", host.memory_total).field("memory_available_bytes", host.memory_available);
  json.field("swap_percent", percent(host.swap_ratio())).field("swap_total_bytes", host.swap_total);
  double fullest = 0;
  for (const Disk& disk : snapshot.disks) fullest = std::max(fullest, disk.used_ratio());
  json.field("disk_percent", percent(fullest)).object("pressure");
  for (std::size_t i = 0; i < host.pressure.size(); ++i) {
    json.object(PressureProbe::kResources[i]);
    number_or_null(json, "some", host.pressure[i].some);
    number_or_null(json, "full", host.pressure[i].full);
    json.end();
  }
  json.end();
  number_or_null(json, "open_fds", host.open_fds < 0 ? std::nullopt : std::optional(host.open_fds));
  number_or_null(json, "max_fds", host.max_fds < 0 ? std::nullopt : std::optional(host.max_fds));
  const auto offset = host.clock ? host.clock->offset_ns : std::nullopt;
  json.object("clock").key("synchronized");
  host.clock ? json.value(host.clock->synchronized) : json.null();
  number_or_null(json, "offset_seconds", offset ? std::optional(seconds(*offset)) : std::nullopt);
  json.field("by", snapshot.clock_by).field("error", snapshot.clock_error).end();
}

void add_disks(JsonWriter& json, const HealthSnapshot& snapshot) {
  json.array("disks");
  for (const Disk& disk : snapshot.disks) {
    json.object().field("mountpoint", disk.mount_point).field("device", disk.device).field("type", disk.type);
    json.field("size_bytes", disk.size_bytes).field("available_bytes", disk.available_bytes);
    json.field("used_percent", percent(disk.used_ratio()));
    json.field("inodes_percent", percent(disk.inodes_used_ratio()));
    number_or_null(json, "full_in_seconds",
                   disk.full_in_ns ? std::optional(seconds(*disk.full_in_ns)) : std::nullopt);
    json.end();
  }
  json.end();
}

void add_endpoints(JsonWriter& json, const HealthSnapshot& snapshot) {
  json.array("endpoints");
  for (const metrics::EndpointFacts& endpoint : snapshot.endpoints) {
    json.object().field("name", endpoint.name).key("up");
    endpoint.known ? json.value(endpoint.up) : json.null();
    json.field("error", endpoint.error);
    number_or_null(json, "latency_seconds",
                   endpoint.latency_ns >= 0 ? std::optional(seconds(endpoint.latency_ns)) : std::nullopt);
    json.key("tls_expires");
    endpoint.tls_expires != 0 ? json.value(format_utc(endpoint.tls_expires)) : json.null();
    number_or_null(json, "tls_expiry_seconds",
                   endpoint.tls_expires != 0 ? std::optional(seconds(endpoint.tls_expires - snapshot.now))
                                             : std::nullopt);
    json.end();
  }
  json.end();
}

void add_bots(JsonWriter& json, const HealthSnapshot& snapshot) {
  json.array("bots");
  for (const HealthSnapshot::Bot& bot : snapshot.bots) {
    json.object().field("name", bot.name).field("state", bot.state).field("reason", bot.reason);
    bot.memory_bytes < 0 ? json.key("memory_bytes").null() : json.field("memory_bytes", bot.memory_bytes);
    number_or_null(json, "cpu_percent", bot.cpu_percent < 0 ? std::nullopt : std::optional(bot.cpu_percent));
    number_or_null(json, "memory_growth_bytes_per_hour", bot.memory_growth_per_hour);
    json.end();
  }
  json.end();
}

}  // namespace

std::vector<Check> judge_host(const HealthSnapshot& snapshot, const HealthSettings& settings) {
  const HostFacts& host = snapshot.host;
  std::vector<Check> checks;
  checks.push_back(
      above("cpu", percent(snapshot.cpu_ratio_of_minute.value_or(0)), settings.cpu_percent, "in use"));
  checks.push_back(above("memory", percent(host.memory_ratio()), settings.memory_percent, "used"));
  if (host.swap_total > 0)
    checks.push_back(above("swap", percent(host.swap_ratio()), settings.swap_percent, "used"));
  Check load{.name = "load"};
  load.warning = host.load[1] > static_cast<double>(settings.load_per_cpu) * host.cpus;
  if (load.warning)
    load.text = fmt::format("load: {:.1f} over 5 minutes on {:.3g} CPUs, more than {} for each", host.load[1],
                            host.cpus, settings.load_per_cpu);
  checks.push_back(std::move(load));
  for (const Disk& disk : snapshot.disks) judge_disk(disk, settings, checks);
  checks.push_back(judge_clock(snapshot, settings));
  for (const auto& endpoint : snapshot.endpoints) judge_endpoint(endpoint, snapshot.now, settings, checks);
  return checks;
}

std::string health_report(const HealthSnapshot& snapshot, const HealthSettings& settings) {
  auto checks = judge_host(snapshot, settings);
  judge_bots(snapshot, checks);
  JsonWriter json;
  json.object().field("ok", true).field("timestamp", format_utc(snapshot.now)).field("now", snapshot.now);
  json.field("timezone", snapshot.timezone).field("from", snapshot.from_agent ? "agent" : "command");
  json.field("status", std::ranges::any_of(checks, &Check::warning) ? "warning" : "ok");
  add_host(json, snapshot);
  add_disks(json, snapshot);
  add_endpoints(json, snapshot);
  add_bots(json, snapshot);
  json.array("checks");
  for (const Check& check : checks) {
    json.object().field("name", check.name).field("status", check.warning ? "warning" : "ok");
    json.field("text", check.text).end();
  }
  return json.end().end().take();
}

}  // namespace steward::agent
