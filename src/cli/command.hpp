#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trading/trade.hpp"

namespace steward::cli {

/// What `steward` exits with; `steward --help` lists them.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;  ///< could not be done, or is not healthy; stderr says why
inline constexpr int kUsage = 2;   ///< the command line is not understood
inline constexpr int kAway = 3;    ///< nothing runs on this state folder

/// Everything a command line can say; each command reads its part.
struct Options {
  std::string config, state;
  std::string name;  ///< a bot; empty: none given
  bool json = false, watch = false, now = false, no_wait = false, follow = false;
  std::string reason, since, target;  ///< target: a URL, a file to write, a shell
  std::int64_t lines = -1;            ///< of a log; -1: not given
  std::string timeout;
  std::vector<std::string> from_unit, from_crontab, from_supervisord, from_compose;  ///< files of others
  std::string alarm, matchers, channel, comment, length;                             ///< of `steward alerts`
  std::int64_t number = 0;                  ///< of a silence; 0: not given
  std::string action, store, at, to, host;  ///< of backups; action: what `steward backup` is to do
  std::string endpoint, region, profile;    ///< of a store in S3
  std::vector<std::string> keys, only;      ///< files of secret keys, paths to restore
  int sample = 0;                           ///< backups to verify; 0: not given
  bool all = false, full = false, force = false, links_out = false, dry_run = false;
  bool in_force = false;  ///< the configuration that runs, not the file's newest edit
  trading::TradeOptions trade;
  trading::SynthesizeOptions synthesize;
};

/// An option or argument that commands share; arguments.cpp knows its spelling and help.
enum class Arg {
  config,
  state,
  json,
  watch,
  now,
  no_wait,
  timeout,
  bot,
  bot_or_all,
  reason,
  follow,
  since,
  lines,
  url,
  file,
  from_unit,
  from_crontab,
  from_supervisord,
  from_compose,
  recording,
  shell,
  replay,
  speed,
  strategy,
  set,
  commission,
  once,
  fixed_ids,
  seed,
  markets,
  alarm,
  matchers,
  channel,
  comment,
  length,
  end_silence,
  backup_action,
  backup,
  backup_or_all,
  backup_of_restore,
  everything,
  host,
  store,
  endpoint,
  region,
  profile,
  at,
  to,
  key,
  only,
  all,
  sample,
  full,
  force,
  force_rules,
  links_out,
  dry_run,
  in_force,
};

/// How an argument is written: "-f,--follow" or, without dashes, "NAME".
std::string_view spelling(Arg arg);

/// Examples of `steward trade`, and the strategies with their parameters.
std::string trade_help();

/// One command: a row of the table that arguments.cpp makes the command line of, and completion.cpp the
/// completions.
struct Command {
  std::string_view name;
  std::string_view group;    ///< under which `steward --help` lists it; empty: hidden
  std::string_view summary;  ///< one line
  std::string help;          ///< what more there is to know, with examples
  std::vector<Arg> args;
  int (*run)(const Options&);
  std::vector<Command> below{};  ///< commands of this command; `run` is what it does without one
  std::string_view actions{};    ///< what its ACTION may be, for completions
};

/// All commands, in the order in which help lists them.
const std::vector<Command>& commands();

/// What `steward alerts` has below it.
std::vector<Command> alerts_commands();
/// Those of them that ask the agent.
std::vector<Command> alarm_commands();

/// `steward backup lifecycle` and what is below it.
std::vector<Command> lifecycle_commands();

int run_alerts(const Options& options);
int run_trade(const Options& options);
int run_synthesize(const Options& options);
int run_up(const Options& options);
int run_check(const Options& options);
int run_init(const Options& options);
int run_reload(const Options& options);
int run_status(const Options& options);
int run_health(const Options& options);
int run_start(const Options& options);
int run_stop(const Options& options);
int run_restart(const Options& options);
int run_halt(const Options& options);
int run_resume(const Options& options);
int run_stop_all(const Options& options);
int run_shutdown(const Options& options);
int run_upgrade(const Options& options);
int run_logs(const Options& options);
int run_healthcheck(const Options& options);
int run_backup(const Options& options);
int run_restore(const Options& options);
int run_completion(const Options& options);
int run_version(const Options& options);

}  // namespace steward::cli
