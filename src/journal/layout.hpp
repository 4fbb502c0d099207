#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace steward::journal {

inline constexpr std::string_view kKeeper = "keeper";
inline constexpr std::string_view kAgent = "agent";

/// Where the runs of a bot lie below the state folder: "bots/racing/runs", "agent/runs", "keeper/runs".
std::string runs_folder(std::string_view bot);

/// "journal.000001.jsonl".
std::string segment_name(int number);

/// The number in a segment's name, nothing when it is not one.
std::optional<int> segment_number(std::string_view name);

}  // namespace steward::journal
