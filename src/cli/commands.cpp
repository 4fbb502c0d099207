// The table of commands.
#include "cli/command.hpp"

namespace steward::cli {

std::string_view spelling(Arg arg) {
  switch (arg) {
    case Arg::config:
      return "-c,--config";
    case Arg::state:
      return "--state";
    case Arg::json:
      return "--json";
    case Arg::watch:
      return "-w,--watch";
    case Arg::now:
      return "--now";
    case Arg::no_wait:
      return "--no-wait";
    case Arg::timeout:
      return "--timeout";
    case Arg::bot:
    case Arg::bot_or_all:
      return "NAME";
    case Arg::reason:
      return "--reason";
    case Arg::follow:
      return "-f,--follow";
    case Arg::since:
      return "--since";
    case Arg::lines:
      return "-n,--lines";
    case Arg::url:
      return "URL";
    case Arg::file:
    case Arg::recording:
      return "FILE";
    case Arg::from_unit:
      return "--from-unit";
    case Arg::from_crontab:
      return "--from-crontab";
    case Arg::from_supervisord:
      return "--from-supervisord";
    case Arg::from_compose:
      return "--from-compose";
    case Arg::alarm:
      return "ALARM";
    case Arg::matchers:
      return "MATCHERS";
    case Arg::channel:
      return "CHANNEL";
    case Arg::comment:
      return "-m,--comment";
    case Arg::length:
      return "--for";
    case Arg::end_silence:
      return "--end";
    case Arg::shell:
      return "SHELL";
    case Arg::replay:
      return "--replay";
    case Arg::speed:
      return "--speed";
    case Arg::strategy:
      return "--strategy";
    case Arg::set:
      return "--set";
    case Arg::commission:
      return "--commission";
    case Arg::once:
      return "--once";
    case Arg::fixed_ids:
      return "--fixed-ids";
    case Arg::seed:
      return "SEED";
    case Arg::markets:
      return "--markets";
    case Arg::backup_action:
      return "ACTION";
    case Arg::backup:
    case Arg::backup_or_all:
    case Arg::backup_of_restore:
      return "BACKUP";
    case Arg::everything:
      return "--all";
    case Arg::host:
      return "--host";
    case Arg::store:
      return "--store";
    case Arg::endpoint:
      return "--endpoint";
    case Arg::region:
      return "--region";
    case Arg::profile:
      return "--profile";
    case Arg::at:
      return "--at";
    case Arg::to:
      return "--to";
    case Arg::key:
      return "--key";
    case Arg::only:
      return "--only";
    case Arg::all:
      return "--all";
    case Arg::sample:
      return "--sample";
    case Arg::full:
      return "--full";
    case Arg::force:
    case Arg::force_rules:
      return "--force";
    case Arg::links_out:
      return "--links-out";
    case Arg::dry_run:
      return "--dry-run";
    case Arg::in_force:
      return "--in-force";
  }
  return "";
}

const std::vector<Command>& commands() {
  static const std::vector<Command> kAll{
      {"up",
       "run",
       "start everything that the configuration names, and keep it running",
       "Checks the configuration, then becomes the keeper: stays in the foreground until SIGTERM or `steward "
       "shutdown`.\n\n"
       "  steward up\n  steward up --config /etc/steward/steward.toml --state /var/lib/steward",
       {Arg::config, Arg::state},
       run_up},
      {"reload",
       "run",
       "load the changed configuration",
       "A file that is not right changes nothing. A changed bot keeps its old definition until its next "
       "start (\"staged\");\n"
       "new ones are started, removed ones stopped, the others are not touched.\n\n"
       "  steward reload\n  steward reload --now     restart the changed bots at once",
       {Arg::now, Arg::json, Arg::config, Arg::state},
       run_reload},
      {"upgrade",
       "run",
       "become the new version that was installed, without touching a bot",
       "For after the programs were replaced where they lie: the keeper becomes the new one by exec, keeping "
       "its children,\nand the agent is started anew.\n\n"
       "  install -m 755 new/steward new/steward-keeper /usr/bin/ && steward upgrade",
       {Arg::config, Arg::state},
       run_upgrade},
      {"shutdown",
       "run",
       "stop every bot, then Steward itself",
       "  steward shutdown",
       {Arg::timeout, Arg::config, Arg::state},
       run_shutdown},

      {"status",
       "see",
       "what runs, since when, and how it does",
       "  steward status\n  steward status --watch\n  steward status --json | jq '.bots[] | select(.state != "
       "\"ready\")'",
       {Arg::json, Arg::watch, Arg::config, Arg::state},
       run_status},
      {"health",
       "see",
       "how the host, its disks, the endpoints and the bots are, against [health]",
       "Asks the agent; looks by itself where there is none, and says so (trends and probes over time need "
       "the "
       "agent).\n\n"
       "  steward health\n  steward health --json | jq '.checks[] | select(.status == \"warning\") | .text'",
       {Arg::json, Arg::config, Arg::state},
       run_health},
      {"logs",
       "see",
       "what a bot wrote to its standard output and error",
       "  steward logs racing                the last 100 lines\n  steward logs -f racing             and "
       "what follows, across restarts\n"
       "  steward logs --since 10m racing\n  steward logs --since 2026-11-22T13:00 racing\n  steward logs -n "
       "0 -f racing",
       {Arg::follow, Arg::since, Arg::lines, Arg::bot, Arg::config, Arg::state},
       run_logs},
      {"alerts",
       "see",
       "alarms and their rules",
       "Without a command: those that there are.\n\n"
       "  steward alerts\n  steward alerts --json | jq '.alarms[] | select(.state == \"firing\") | "
       ".summary'\n"
       "  steward alerts ack daily-loss -m \"on it\"\n  steward alerts silence 'bot=\"racing\"' --for 2h",
       {Arg::json, Arg::config, Arg::state},
       run_alerts,
       alerts_commands()},

      {"start",
       "steer",
       "start a stopped bot",
       "Waits until it is ready.\n\n  steward start racing",
       {Arg::bot, Arg::no_wait, Arg::timeout, Arg::config, Arg::state},
       run_start},
      {"stop",
       "steer",
       "stop a bot; it stays stopped until `start`",
       "SIGTERM, then SIGKILL after its stop_timeout. Waits until it is gone.\n\n  steward stop racing",
       {Arg::bot, Arg::no_wait, Arg::timeout, Arg::config, Arg::state},
       run_stop},
      {"restart",
       "steer",
       "stop a bot and start it with its newest definition",
       "Waits until the new one is ready.\n\n  steward restart racing",
       {Arg::bot, Arg::no_wait, Arg::timeout, Arg::config, Arg::state},
       run_restart},
      {"halt",
       "steer",
       "close the gate: no new orders, of one bot or of all",
       "A bot with `gate = true` goes on without sending orders; others are stopped until `resume`.\n"
       "Works while the agent is down.\n\n"
       "  steward halt racing --reason \"odd prices\"\n  steward halt                every bot",
       {Arg::bot_or_all, Arg::reason, Arg::config, Arg::state},
       run_halt},
      {"resume",
       "steer",
       "open the gate again, of one bot or of all",
       "  steward resume racing\n  steward resume              every bot",
       {Arg::bot_or_all, Arg::config, Arg::state},
       run_resume},
      {"stop-all",
       "steer",
       "stop every bot; Steward goes on",
       "In the reverse order of `after`. They stay stopped until `start`.\n\n  steward stop-all",
       {Arg::no_wait, Arg::timeout, Arg::config, Arg::state},
       run_stop_all},

      {"backup",
       "keep",
       "make backups, see how they stand, list, verify and rehearse them, make a key",
       "run     make a backup now, of one job or of all, and remove what its `keep` does not keep "
       "(--dry-run: "
       "only say what)\n"
       "status  next and last run, newest backup and newest proved, and what would be lost now\n"
       "list    the backups in the store\n"
       "verify  read the newest (--at: an older one, --all: every one, --sample: some) and compare every "
       "hash\n"
       "drill   restore the newest into a scratch place, compare, run the job's check, note it as proved\n"
       "clear   remove what killed drills and backups of jobs that are gone left in the state folder\n"
       "key     write a new secret key to the file BACKUP, print the public one\n"
       "lifecycle plan, apply, show: let old archives move to cheaper storage classes of S3\n\n"
       "  steward backup run trading\n  steward backup status\n  steward backup drill trading\n"
       "  steward backup verify trading --key /root/offline.key\n"
       "  steward backup key /media/usb/offline.key",
       {Arg::backup_action, Arg::backup_or_all, Arg::full, Arg::dry_run, Arg::at, Arg::all, Arg::sample,
        Arg::key, Arg::store, Arg::endpoint, Arg::region, Arg::profile, Arg::json, Arg::config, Arg::state,
        Arg::in_force},
       run_backup,
       lifecycle_commands(),
       "run status list verify drill clear key"},
      {"restore",
       "keep",
       "restore a backup into an empty folder or database, or all that a host has backed up",
       "Files come to lie below it under their whole old path, with old owners when root restores. Every "
       "hash is compared "
       "before it says done. Journals are brought up to what was shipped since the backup (--at: until "
       "then).\n"
       "--all: configuration, Steward's own facts, journals and every other job of a host, to a point where "
       "`steward up` goes on; it\nsays how. Nothing that is there is replaced without --force.\nA database "
       "goes into one that is "
       "empty, or is made for it, in one transaction.\nWithout a "
       "configuration (--store) it works on a machine that has nothing "
       "else.\n\n"
       "  steward restore trading --to /tmp/look\n"
       "  steward restore trading --to /tmp/look --at 2026-11-22T13:00 --only /home/trading/config\n"
       "  steward restore database --to postgresql:///new_db\n"
       "  steward restore trading --to / --force --key /media/usb/offline.key --store s3://bucket/host-a\n"
       "  steward restore --all --to /srv/new --store s3://bucket/host-a --key /media/usb/offline.key\n"
       "  steward restore --all --to /srv/new --store s3://bucket/host-a --endpoint "
       "https://minio.example:9000",
       {Arg::backup_of_restore, Arg::everything, Arg::host, Arg::to, Arg::at, Arg::only, Arg::key, Arg::force,
        Arg::links_out, Arg::dry_run, Arg::store, Arg::endpoint, Arg::region, Arg::profile, Arg::json,
        Arg::config},
       run_restore},

      {"trade",
       "trade",
       "trade on paper: recorded or synthetic markets, one strategy",
       trade_help(),
       {Arg::replay, Arg::strategy, Arg::set, Arg::speed, Arg::commission, Arg::once, Arg::fixed_ids},
       run_trade},
      {"synthesize",
       "trade",
       "write synthetic markets in the format of the market stream",
       "The same seed writes the same bytes.\n\n  steward synthesize 7 > market.jsonl\n  steward synthesize "
       "7 --markets 20 | gzip > markets.gz",
       {Arg::seed, Arg::markets},
       run_synthesize},

      {"init",
       "begin",
       "write a configuration to start from",
       "Refuses to overwrite a file. From the files of systemd, cron, supervisord or docker-compose it "
       "writes the "
       "bots that do\nthe same; what has no equivalent is said here and stands beside the bot. Each may be "
       "given "
       "several times.\n\n"
       "  steward init\n  steward init /etc/steward/steward.toml\n"
       "  steward init --from-unit /etc/systemd/system/trading.service\n"
       "  steward init --from-unit prices.service --from-unit bot@gold.service\n"
       "  crontab -l > crontab && steward init --from-crontab crontab\n"
       "  steward init --from-supervisord /etc/supervisor/conf.d/trading.conf\n"
       "  steward init --from-compose docker-compose.yml",
       {Arg::file, Arg::from_unit, Arg::from_crontab, Arg::from_supervisord, Arg::from_compose},
       run_init},
      {"check",
       "begin",
       "tell whether the configuration is right, without starting anything",
       "Prints every mistake with file and line. Exit status 0: right, 1: not.\n\n  steward check\n  steward "
       "check --config new.toml --json",
       {Arg::json, Arg::config},
       run_check},
      {"healthcheck",
       "begin",
       "ask /health, for containers: exit status 0 unless unhealthy",
       "Without a URL the configured dashboard is asked.\n\n  HEALTHCHECK CMD [\"steward\", "
       "\"healthcheck\"]\n"
       "  steward healthcheck http://127.0.0.1:8080/health",
       {Arg::url, Arg::timeout, Arg::config},
       run_healthcheck},
      {"completion",
       "begin",
       "print a completion script for bash, zsh or fish",
       "  steward completion bash > /etc/bash_completion.d/steward\n"
       "  steward completion zsh > \"${fpath[1]}/_steward\"\n  steward completion fish > "
       "~/.config/fish/completions/steward.fish",
       {Arg::shell, Arg::config},
       run_completion},
      {"version", "begin", "print the version", "  steward version", {}, run_version},
  };
  return kAll;
}

}  // namespace steward::cli
