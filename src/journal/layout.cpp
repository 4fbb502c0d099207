#include "journal/layout.hpp"

#include <fmt/core.h>

#include <charconv>

namespace steward::journal {

std::string runs_folder(std::string_view bot) {
  if (bot == kKeeper || bot == kAgent) return fmt::format("{}/runs", bot);
  return fmt::format("bots/{}/runs", bot);
}

std::string segment_name(int number) {
  return fmt::format("journal.{:06}.jsonl", number);
}

std::optional<int> segment_number(std::string_view name) {
  constexpr std::string_view kBegin = "journal.", kEnd = ".jsonl";
  if (!name.starts_with(kBegin) || !name.ends_with(kEnd)) return std::nullopt;
  name.remove_prefix(kBegin.size()), name.remove_suffix(kEnd.size());
  int number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || end != name.data() + name.size() || number < 1 || name.size() != 6)
    return std::nullopt;
  return number;
}

}  // namespace steward::journal
