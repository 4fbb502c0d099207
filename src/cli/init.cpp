// steward init
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "config/host.hpp"
#include "config/settings.hpp"
#include "os/files.hpp"

namespace steward::cli {

namespace {

constexpr const char* kTemplate =
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

# A bot: any program. Steward starts it, keeps it alive and shows what it journals (docs/formats/bot.md).
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

Status write_new(const std::string& path, const std::string& text) {
  const auto file = open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (!file && file.error().code() == Code::conflict) {
    return fail(Code::conflict, "{} exists and is left as it is; name another file, or remove that one",
                path);
  }
  if (!file) return std::unexpected(file.error());
  return write_all(file->get(), text);
}

}  // namespace

int run_init(const Options& options) {
  const std::string path = options.target.empty() ? "steward.toml" : options.target;
  std::string text = filled(kTemplate, "{state}", config::default_state());
  text = filled(filled(text, "{zone}", machine_zone()), "{program}", own_path());
  if (auto written = write_new(path, text); !written) return complain(written.error());
  print(fmt::format("{} is written; `steward check{}` tells whether it is right, `steward up{}` starts it\n",
                    path, options.target.empty() ? "" : " --config " + path,
                    options.target.empty() ? "" : " --config " + path));
  return kDone;
}

}  // namespace steward::cli
