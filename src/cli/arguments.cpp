// The command line. The one file that includes CLI11.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <exception>
#include <functional>
#include <iostream>
#include <system_error>

#include "agent/agent.hpp"
#include "base/version.hpp"
#include "cli/command.hpp"
#include "cli/run.hpp"
#include "cli/terminal.hpp"
#include "config/database_url.hpp"
#include "config/nearest.hpp"

namespace steward::cli {

namespace {

constexpr const char* kFooter =
    "Exit status: 0 done, 1 could not be done or is unhealthy (stderr says why in one sentence), 2 the "
    "command line is not\n"
    "understood, 3 nothing runs on this state folder. `steward COMMAND --help` has examples.";

/// In place of CLI11's checks of numbers, whose message is a range up to 1.79769e+308.
std::function<std::string(const std::string&)> at_least(std::int64_t least) {
  return [least](const std::string& text) -> std::string {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size() && number >= least) return {};
    return fmt::format("expected a whole number from {} on, found \"{}\"", least, text);
  };
}

void add(CLI::App& app, Arg arg, Options& o) {
  const std::string name(spelling(arg));
  const auto option = [&](auto& into, const char* help, const char* kind) {
    return app.add_option(name, into, help)->type_name(kind);
  };
  const auto repeated = [&](std::vector<std::string>& into, const char* help, const char* kind) {
    option(into, help, kind)->expected(1)->take_all()->allow_extra_args(false);
  };
  const auto files = [&](std::vector<std::string>& into, const char* help) { repeated(into, help, "FILE"); };
  switch (arg) {
    case Arg::config:
      option(o.config, "the configuration (default: ./steward.toml, then /etc/steward/steward.toml)", "FILE");
      return;
    case Arg::state:
      option(o.state, "the state folder (default: the configuration's)", "DIR");
      return;
    case Arg::json:
      app.add_flag(name, o.json, "print JSON, for scripts");
      return;
    case Arg::watch:
      app.add_flag(name, o.watch, "print it again every second");
      return;
    case Arg::now:
      app.add_flag(name, o.now, "restart the changed bots at once");
      return;
    case Arg::no_wait:
      app.add_flag(name, o.no_wait, "return when it is accepted");
      return;
    case Arg::timeout:
      option(o.timeout, "how long to wait, such as 30s", "TIME");
      return;
    case Arg::bot:
      option(o.name, "the bot", "")->required();
      return;
    case Arg::bot_or_all:
      option(o.name, "the bot (default: all)", "");
      return;
    case Arg::reason:
      option(o.reason, "why; shown by status and given to the bot", "TEXT");
      return;
    case Arg::follow:
      app.add_flag(name, o.follow, "go on as it writes");
      return;
    case Arg::since:
      option(o.since, "only newer lines: 10m, 2h, or a time such as 2026-11-22T13:00", "TIME");
      return;
    case Arg::lines:
      option(o.lines, "the last N lines (default 100, all with --since)", "N")->check(at_least(0));
      return;
    case Arg::url:
      option(o.target, "what to ask (default: the configured dashboard's /health)", "");
      return;
    case Arg::file:
      option(o.target, "the file to write (default: ./steward.toml)", "");
      return;
    case Arg::from_unit:
      files(o.from_unit, "a service of systemd, with its drop-ins");
      return;
    case Arg::from_crontab:
      files(o.from_crontab, "a crontab");
      return;
    case Arg::from_supervisord:
      files(o.from_supervisord, "a file of supervisord's");
      return;
    case Arg::from_compose:
      files(o.from_compose, "a compose file");
      return;
    case Arg::recording:
      option(o.target, "series with timestamps, as Prometheus text or OpenMetrics", "")->required();
      return;
    case Arg::alarm:
      option(o.alarm, "its id, the beginning of it, or its rule when that has one alarm", "")->required();
      return;
    case Arg::matchers:
      option(o.matchers,
             "which alarms: label=\"value\" with = != =~ !~, several with commas; rule and severity too", "");
      return;
    case Arg::channel:
      option(o.channel, "the channel (default: all)", "");
      return;
    case Arg::comment:
      option(o.comment, "why; kept with it", "TEXT");
      return;
    case Arg::length:
      option(o.length, "how long, such as 2h (default 1h)", "TIME");
      return;
    case Arg::end_silence:
      option(o.number, "end the silence of this number", "N")->check(at_least(1));
      return;
    case Arg::shell:
      option(o.target, "bash, zsh or fish", "")->required();
      return;
    case Arg::replay:
      option(o.trade.replay, "recordings of the market stream (plain or gzip), or synthetic:SEED", "FILE")
          ->required();
      return;
    case Arg::speed:
      option(o.trade.speed, "1x (default), 10x, any number, or max", "SPEED");
      return;
    case Arg::strategy:
      option(o.trade.strategy, "one of those below", "STRATEGY")->required();
      return;
    case Arg::set:
      repeated(o.trade.settings, "a parameter of the strategy; may be repeated", "KEY=VALUE");
      return;
    case Arg::commission:
      option(o.trade.commission, "on a market's profit (default 5%)", "PERCENT");
      return;
    case Arg::once:
      app.add_flag(name, o.trade.once, "synthetic: end when the first market is settled");
      return;
    case Arg::fixed_ids:
      app.add_flag(name, o.trade.fixed_ids, "synthetic: the same market ids in each run of a seed");
      return;
    case Arg::seed:
      option(o.synthesize.seed, "a number", "")->required();
      return;
    case Arg::markets:
      option(o.synthesize.markets, "how many (default 1)", "N")->check(at_least(1));
      return;
    case Arg::backup_action:
      option(o.action, "run, status, list, verify, drill, clear or key", "");
      return;
    case Arg::backup:
      option(o.name, "the backup's name", "")->required();
      return;
    case Arg::backup_or_all:
      option(o.name, "the backup's name (default: all)", "");
      return;
    case Arg::backup_of_restore:
      option(o.name, "the backup's name (default: the only one that is configured)", "");
      return;
    case Arg::everything:
      app.add_flag(name, o.all, "all that a host backed up and shipped");
      return;
    case Arg::host:
      option(o.host, "whose backups, with --all (default: the only host's)", "HOST");
      return;
    case Arg::store:
      option(o.store, "where the backups are (default: the configuration's)", "URL");
      return;
    case Arg::endpoint:
      option(o.endpoint, "the server of a store s3://… that is not at AWS: https://minio.example:9000",
             "URL");
      return;
    case Arg::region:
      option(o.region, "the region of a store s3://… (default: AWS_REGION, the profile's)", "NAME");
      return;
    case Arg::profile:
      option(o.profile, "of ~/.aws, for a store s3://… (default: AWS_PROFILE)", "NAME");
      return;
    case Arg::at:
      option(o.at,
             "the newest from before: 2d, or a time such as 2026-11-22T13:00 (the zone of [steward]; with Z: "
             "UTC)",
             "TIME");
      return;
    case Arg::to:
      option(o.to, "the folder or postgresql:///DATABASE to restore into (default: ./BACKUP-TIME)", "DIR")
          ->check([](const std::string& place) {
            const bool other = place.contains("://") && !place.starts_with(config::kDatabaseUrl);
            return place.empty() || other
                       ? fmt::format("{:?} is neither a folder nor postgresql:///DATABASE", place)
                       : "";
          });
      return;
    case Arg::key:
      files(o.keys, "a secret key's file (this machine's own: STATE/backup/drill.key); may be repeated");
      return;
    case Arg::only:
      repeated(o.only, "this file or folder alone; may be repeated", "PATH");
      return;
    case Arg::all:
      app.add_flag(name, o.all, "every backup, not the newest alone");
      return;
    case Arg::sample:
      option(o.sample, "the newest and others by chance, so many in all", "N")->check(at_least(1));
      return;
    case Arg::full:
      app.add_flag(name, o.full, "take unchanged files again, too");
      return;
    case Arg::force:
      app.add_flag(name, o.force, "into a folder that is not empty; files of the same name are replaced");
      return;
    case Arg::force_rules:
      app.add_flag(name, o.force,
                   "set all that `lifecycle` allows, also where it costs more or makes restores wait");
      return;
    case Arg::links_out:
      app.add_flag(name, o.links_out, "restore links that lead out of the folder, too");
      return;
    case Arg::dry_run:
      app.add_flag(name, o.dry_run, "say what would be done, and do nothing");
      return;
    case Arg::in_force:
      app.add_flag(name, o.in_force, "as the agent does it: by the configuration that runs (with --state)")
          ->needs("--state");
      return;
  }
}

/// A command and those below it.
void add(CLI::App& app, const Command& command, Options& options, int& status) {
  CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.summary));
  if (!command.group.empty()) sub->group(std::string(command.group));
  sub->footer("\n" + std::string(command.help));
  for (const Arg arg : command.args) add(*sub, arg, options);
  for (const Command& below : command.below) add(*sub, below, options, status);
  sub->callback([&options, &status, &command, sub] {
    if (sub->get_subcommands().empty()) status = command.run(options);
  });
}

/// Told by the plan that `up` compiled, not by people.
void add_agent(CLI::App& app, agent::Options& options, int& status) {
  CLI::App* command = app.add_subcommand("agent", "the agent, as the keeper starts it")->group("");
  command->add_option("--state", options.state)->required();
  command->add_option("--config", options.config)->required();
  command->callback([&options, &status] {
    options.program = own_path();
    status = agent::run(options);
  });
}

/// The first word that is no flag, when it is no command: what CLI11 calls "not expected".
std::string unknown_command(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return {};
  const std::string_view word = argv[1];
  std::vector<std::string_view> names{"agent"};
  for (const Command& command : commands()) names.push_back(command.name);
  if (std::ranges::find(names, word) != names.end()) return {};
  const std::string_view meant = config::nearest(word, names);
  return fmt::format(
      "there is no command \"{}\"{}", word,
      meant.empty() ? "; `steward --help` lists them" : fmt::format("; did you mean \"{}\"?", meant));
}

/// One sentence for a command line that is not understood, in place of CLI11's paragraphs.
int misunderstood(const CLI::App& app, const CLI::ParseError& error) {
  std::string command = "steward";
  for (auto at = app.get_subcommands(); !at.empty(); at = at.front()->get_subcommands())
    command += " " + at.front()->get_name();
  std::string why = error.what();
  std::ranges::replace(why, '\n', ' ');
  std::cerr << command << ": " << why << "; see `" << command << " --help`\n";
  return kUsage;
}

Error told_of(const std::exception& fault) {
  const auto* system = dynamic_cast<const std::system_error*>(&fault);
  if (system == nullptr || system->code() != std::errc::resource_unavailable_try_again)
    return {Code::internal, fmt::format("a fault in Steward itself: {}", fault.what())};
  return {Code::internal,
          fmt::format("no thread can be started: {}; raise the limit of processes (ulimit -u, "
                      "TasksMax= of its unit)",
                      fault.what())};
}

}  // namespace

int run(int argc, char** argv) {
  hold_standard_descriptors();
  CLI::App app("Steward keeps a trading system running: bots, their orders and profit, alarms.", "steward");
  app.require_subcommand(0, 1);
  app.footer(kFooter);
  app.set_version_flag("--version", fmt::format("steward {}", kVersion));
  Options options;
  agent::Options agent_options;
  int status = kDone;
  for (const Command& command : commands()) add(app, command, options, status);
  add_agent(app, agent_options, status);
  if (const std::string unknown = unknown_command(argc, argv); !unknown.empty()) {
    remark(unknown);
    return kUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return misunderstood(app, error);
  } catch (const std::exception& fault) {
    return complain(told_of(fault));
  }
  if (app.get_subcommands().empty()) {
    std::cout << app.help();
    return kUsage;
  }
  return told(status);
}

}  // namespace steward::cli
