#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace steward::keeper {

enum class Role { bot, agent };
enum class Restart { always, on_failure, never };

/// One bot as the keeper keeps it: docs/formats/plan.md has the meaning of each field.
struct BotSpec {
  std::string name;
  Role role = Role::bot;
  std::vector<std::string> args;
  std::string working_dir = "/";
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  std::vector<gid_t> groups;
  std::vector<std::pair<std::string, std::string>> env;
  std::string env_file;  ///< empty: none
  std::vector<std::string> after;
  Restart restart = Restart::always;
  std::int64_t restart_delay = 10 * kSecond;
  std::int64_t restart_delay_max = 300 * kSecond;
  std::int64_t budget_count = 5;
  std::int64_t budget_window = 600 * kSecond;
  std::int64_t stop_timeout = 30 * kSecond;
  std::int64_t start_timeout = 0;
  std::int64_t watchdog = 0;
  std::int64_t memory_max = 0;
  std::int64_t files_max = 0;
  std::int64_t log_max = 16 << 20;
  std::int64_t log_files = 8;
  bool gate = false;

  bool operator==(const BotSpec&) const = default;
};

struct Plan {
  std::vector<std::string> on_agent_dead;  ///< a command's arguments; empty: none
  std::vector<BotSpec> bots;

  bool operator==(const Plan&) const = default;
};

inline constexpr std::size_t kMostPlanBytes = 4 << 20;
inline constexpr std::size_t kMostBots = 1000;
inline constexpr std::size_t kMostWordsOfBot = 4096;

/// The text of STATE/plan, its last line included. parse_plan(format_plan(p)) == p for every plan that is
/// valid.
std::string format_plan(const Plan& plan);

/// Reads and checks a plan: Code::corrupt when torn or edited, Code::invalid for a bad line (named by
/// number), a bot twice, an `after` that names nobody or runs in a circle, or two agents.
Result<Plan> parse_plan(std::string_view text);

/// 16 hex digits that change when any field of the definition does.
std::string spec_hash(const BotSpec& spec);

/// Whether `name` is one a bot may have: [a-z0-9][a-z0-9_-]{0,62}.
bool is_bot_name(std::string_view name);

}  // namespace steward::keeper
