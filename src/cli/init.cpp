// steward init
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "config/host.hpp"
#include "config/settings.hpp"
#include "convert/compose.hpp"
#include "convert/crontab.hpp"
#include "convert/supervisord.hpp"
#include "convert/systemd.hpp"
#include "convert/to_toml.hpp"
#include "os/files.hpp"

namespace steward::cli {

namespace {

constexpr const char* kHead =
    R"(# Steward's configuration. `steward check` tells whether it is right, `steward up` starts it,
# `steward reload` loads a change. Every setting: docs/steward.example.toml.

[steward]
# Everything Steward writes. Relative paths count from the folder of this file.
state = "{state}"
# The trading day, and the times people are shown.
timezone = "{zone}"
currency = "GBP"

[metrics]
listen = "127.0.0.1:8000"       # for Prometheus; "off" to do without

[dashboard]
listen = "127.0.0.1:8080"       # http://127.0.0.1:8080/dashboard and /health

)";

constexpr const char* kFirstBot =
    R"(# A bot: any program. Steward starts it, keeps it alive and shows what it journals (docs/formats/bot.md).
# This one trades synthetic horse races on paper; put your own in its place.
[[bot]]
name = "paper"
command = ["{program}", "trade", "--replay", "synthetic:1", "--strategy", "back-favourite"]
restart_delay = "10s"
watchdog = "30s"
gate = true

# [[bot]]
# name = "racing"
# command = ["python3", "main.py"]
# working_dir = "/home/trading/strategies"
# user = "trading"
# env_file = "/etc/steward/betfair.env"   # NAME=VALUE lines: the place for passwords and keys
# after = ["paper"]
)";

/// The machine's zone from /etc/localtime, "UTC" when it does not tell.
std::string machine_zone() {
  char path[PATH_MAX];
  if (::realpath("/etc/localtime", path) == nullptr) return "UTC";
  const std::string_view target(path);
  constexpr std::string_view kFolder = "/zoneinfo/";
  const auto at = target.rfind(kFolder);
  if (at == std::string_view::npos) return "UTC";
  const std::string zone(target.substr(at + kFolder.size()));
  return zone != "Etc/UTC" && config::zone_exists(zone) ? zone : "UTC";
}

std::string filled(std::string text, std::string_view name, std::string_view value) {
  const auto at = text.find(name);
  return text.replace(at, name.size(), value);
}

Status write_new(const std::string& path, const std::string& text, mode_t mode) {
  const auto file = open_file(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (!file && file.error().code() == Code::conflict) {
    return fail(Code::conflict, "{} exists and is left as it is; name another file, or remove that one",
                path);
  }
  if (!file) return std::unexpected(file.error());
  return write_all(file->get(), text);
}

std::string head() {
  return filled(filled(kHead, "{state}", config::default_state()), "{zone}", machine_zone());
}

/// The bots of all files that were named.
Result<convert::Converted> converted(const Options& options) {
  const convert::Machine machine = convert::this_machine();
  convert::Converted all;
  const auto add = [&](const std::vector<std::string>& files, const auto& read) -> Status {
    for (const std::string& file : files) {
      const auto path = config::absolute_path(file);
      const auto text = path ? convert::read_foreign(*path) : std::unexpected(path.error());
      auto part = text ? read(*text, *path) : std::unexpected(text.error());
      if (!part) return std::unexpected(part.error());
      convert::merge(all, std::move(*part));
    }
    return {};
  };
  std::vector<convert::Unit> units;
  for (const std::string& file : options.from_unit) {
    const auto path = convert::find_unit(file);
    auto unit = path ? convert::read_unit(*path) : std::unexpected(path.error());
    if (!unit) return std::unexpected(unit.error());
    units.push_back(std::move(*unit));
  }
  auto part = convert::from_units(units, machine);
  if (!part) return part;
  convert::merge(all, std::move(*part));
  Status done = add(options.from_supervisord, convert::from_supervisord);
  if (done)
    done = add(options.from_compose, [&](const std::string& text, const std::string& file) {
      return convert::from_compose(text, file, machine);
    });
  if (done)
    done = add(options.from_crontab, [&](const std::string& text, const std::string& file) {
      return convert::from_crontab(text, file, machine);
    });
  if (!done) return std::unexpected(done.error());
  convert::mend_order(all);
  return all;
}

void say_what_is_lost(const std::vector<convert::Remark>& remarks) {
  for (const convert::Remark& each : remarks) {
    if (each.lost) remark(each.where + ": " + each.text);
  }
}

/// The file's text; says on standard error what has no equivalent, and what this machine lacks.
Result<std::string> text_from_others(const Options& options, const std::string& path) {
  auto all = converted(options);
  if (!all) return std::unexpected(all.error());
  say_what_is_lost(all->remarks);
  for (const convert::ForeignBot& bot : all->bots) say_what_is_lost(bot.remarks);
  if (all->bots.empty())
    return fail(Code::not_found, "there is nothing in it that a bot could do; nothing is written");
  std::string text = head() + convert::to_toml(*all);
  const auto file = config::absolute_path(path);
  if (!file) return std::unexpected(file.error());
  const config::Parsed parsed = config::parse(text, *file);
  if (config::any_error(parsed.problems))
    return fail(Code::internal, "a fault in Steward itself: what it would write is not right: {}",
                config::error_sentences(parsed.problems));
  for (const config::Problem& problem : config::check_host(parsed.settings)) remark(problem.sentence());
  return text;
}

bool from_others(const Options& o) {
  return !(o.from_unit.empty() && o.from_crontab.empty() && o.from_supervisord.empty() &&
           o.from_compose.empty());
}

}  // namespace

int run_init(const Options& options) {
  const std::string path = options.target.empty() ? "steward.toml" : options.target;
  Result<std::string> text = from_others(options) ? text_from_others(options, path)
                                                  : head() + filled(kFirstBot, "{program}", own_path());
  if (!text) return give_up(text.error());
  if (auto written = write_new(path, *text, from_others(options) ? 0600 : 0644); !written)
    return give_up(written.error());
  print(fmt::format("{} is written; `steward check{}` tells whether it is right, `steward up{}` starts it\n",
                    path, options.target.empty() ? "" : " --config " + path,
                    options.target.empty() ? "" : " --config " + path));
  return kDone;
}

}  // namespace steward::cli
