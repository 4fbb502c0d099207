#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/alert_channels.hpp"
#include "config/alert_life.hpp"
#include "config/alert_rules.hpp"
#include "config/health.hpp"
#include "config/problem.hpp"
#include "keeper/plan.hpp"

namespace steward::config {

inline constexpr std::int64_t kMinute = 60 * kSecond;
inline constexpr std::int64_t kDay = 24 * 60 * kMinute;
/// A configuration file larger than this is refused.
inline constexpr std::size_t kLargestFile = 1 << 20;
/// Bots in one file; the agent is the plan's other one.
inline constexpr std::size_t kMostBots = keeper::kMostBots - 1;

/// One `[[bot]]`. Paths are absolute (what the file gives relative counts from the file's folder). The lines
/// are those of the file, 0 for what it does not say.
struct Bot {
  keeper::BotSpec spec;  ///< all but the user's numbers, which compile() looks up
  std::string user;      ///< empty: the one who runs steward
  std::string scrape;    ///< URL of its Prometheus endpoint, empty: none

  int line = 0, user_line = 0, env_file_line = 0, working_dir_line = 0, command_line = 0;

  const std::string& name() const { return spec.name; }
};

/// Where one of the agent's HTTP servers listens.
struct Listener {
  std::string listen;  ///< "127.0.0.1:8080", "[::1]:8080", or "off"
  bool read_only_public = false;
  int line = 0;

  bool off() const { return listen == "off"; }
};

/// Where objects are kept; empty: nowhere.
struct Objects {
  std::string url;  ///< "s3://bucket/prefix" or "file:///folder"
  std::string endpoint, region, profile;
  std::string host;    ///< whose the backups of this machine are; empty: its name
  std::string prices;  ///< a file with what the bucket costs (docs/configuration.md); empty: Amazon's prices
  // The rest is of S3 alone.
  std::string addressing;     ///< "path", "virtual"; empty: virtual at Amazon, path elsewhere
  std::string storage_class;  ///< of archives; empty: the bucket's usual one
  std::string encryption;     ///< by the server: "AES256", "aws:kms"; empty: as the bucket has it
  std::string kms_key;        ///< with "aws:kms"; empty: the account's
  std::string ca_file;        ///< certificates to trust in place of the system's
  bool checksums = true;      ///< false for a store that refuses x-amz-checksum-sha256
  int line = 0;
};

/// After how many days a bucket's lifecycle rules move archives into a cheaper class, where that pays; 0:
/// never.
struct LifecycleDays {
  std::int64_t ia = 30, glacier = 90;
};

/// How many backups are kept, of each kind; all 0: every one.
struct KeepBackups {
  std::int64_t last = 0, hourly = 0, daily = 0, weekly = 0, monthly = 0, yearly = 0;
};

/// When something is done again and again: one of the three, or none of them: only by hand.
struct When {
  std::string every;        ///< "6h"
  std::string at;           ///< "02:00", "sun 03:30", in [steward] timezone
  std::string cron;         ///< "30 2 * * 1-5", likewise
  std::int64_t jitter = 0;  ///< put off by up to this, so that hosts do not all begin at once

  bool none() const { return every.empty() && at.empty() && cron.empty(); }
};

/// The rehearsal of a restore.
struct Drill {
  When when;
  std::string to;                  ///< "postgresql:///scratch" for a database; empty: a folder below `state`
  std::vector<std::string> check;  ///< a command of the user's, run in what was restored; empty: none
  std::string key;                 ///< a secret key's file; empty: the host's own drill key
  std::int64_t timeout = 6 * 3600 * kSecond;
};

/// One `[[backup]]`.
struct Backup {
  std::string name;
  /// Absolute paths or patterns, "sqlite:///path", "postgresql://…", "journals", "steward".
  std::vector<std::string> sources;
  std::vector<std::string> excludes;
  When when;
  bool gzip = false;
  std::int64_t bandwidth = 0;  ///< bytes a second; 0: no limit
  /// Name and public key line; none: not encrypted.
  std::vector<std::pair<std::string, std::string>> encrypt_to;
  bool drill_key = true;   ///< also for a key of this host, which lets it rehearse
  bool plain = false;      ///< PostgreSQL as SQL text, not in pg_dump's custom format
  bool row_counts = true;  ///< PostgreSQL's rows are counted, for the drill to compare
  std::int64_t ship = 0;   ///< journals' new bytes go out this often between backups; 0: they do not
  KeepBackups keep;
  LifecycleDays lifecycle;
  bool has_lifecycle = true;  ///< false: Steward sets no lifecycle rule for it
  Drill drill;
  int line = 0;

  /// Journals are among the sources.
  bool has_journals() const;
  /// So are Steward's own facts.
  bool has_steward() const;
};

/// Everything steward.toml says, with defaults where it says nothing. A plain value: whoever loads it owns
/// it.
struct Settings {
  std::string file;   ///< absolute path of the file as the user knows it
  std::string state;  ///< absolute path of the state folder
  std::string timezone = "UTC";
  std::string currency = "GBP";
  Listener metrics{"127.0.0.1:8000"};
  Listener dashboard{"127.0.0.1:8080"};
  std::int64_t journal_keep = 90 * kDay;
  HealthSettings health;
  AlertRules alert_rules;
  AlertTargets alert_targets;
  AlertLife alert_life;
  std::vector<Bot> bots;  ///< in the file's order
  Objects objects;
  std::vector<Backup> backups;

  int timezone_line = 0;

  const Bot* find(std::string_view name) const;
};

/// What parse() found: the settings, and everything that is wrong. The settings are usable only when there is
/// no error among the problems.
struct Parsed {
  Settings settings;
  Problems problems;
};

/// Reads configuration text; looks at nothing else (no users, no files). `file` is its absolute path for
/// messages and relative paths.
Parsed parse(std::string_view text, const std::string& file);

/// What the file says against this machine: users, groups, zone, environment files, folders, commands.
/// Unknown users and missing files are errors, a command that is not found is a warning.
Problems check_host(const Settings& settings);

/// What a folder above this one finds wrong with settings, such as alerts::check_rules().
using Check = Problems (*)(const Settings&);

/// parse(), check_host() and `check` when it is not null: the settings when there is no error, else an error
/// with one sentence a line, one for each mistake. Warnings are appended to `warnings` when it is not null.
Result<Settings> check_text(std::string_view text, const std::string& file, Problems* warnings = nullptr,
                            Check check = nullptr);

/// check_text() of the file `path`, which is known to the user as `file`: the agent reads the last good copy
/// of it, for everybody else they are the same.
Result<Settings> load(const std::string& path, const std::string& file, Problems* warnings = nullptr);
inline Result<Settings> load(const std::string& path) {
  return load(path, path);
}

/// The configuration to use: `given` when not empty, else ./steward.toml, else /etc/steward/steward.toml.
/// Absolute.
Result<std::string> find_config(const std::string& given);

/// `path`, or when it is relative the same below the current folder.
Result<std::string> absolute_path(const std::string& path);

/// The state folder when none is given: /var/lib/steward for root, else $XDG_STATE_HOME/steward or
/// ~/.local/state/steward.
std::string default_state();

/// What is wrong with the name of a variable for a bot's environment, or empty.
std::string variable_fault(std::string_view name);

/// Every key that the configuration knows, as "steward.state" or "bot.log.max"; for completeness checks of
/// documents.
std::vector<std::string> known_keys();

}  // namespace steward::config
