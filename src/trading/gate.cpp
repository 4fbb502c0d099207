#include "trading/gate.hpp"

#include <charconv>
#include <ctime>

#include "os/files.hpp"

namespace steward::trading {

namespace {
std::string_view next_word(std::string_view& line) {
  const std::size_t space = line.find(' ');
  const std::string_view word = line.substr(0, space);
  line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
  return word;
}

bool read_number(std::string_view word, std::int64_t& out) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out);
  return error == std::errc() && end == word.data() + word.size() && !word.empty();
}

bool closed(std::string& reason, std::string_view why) {
  reason = why;
  return false;
}
}  // namespace

bool gate_is_open(std::string_view line, std::int64_t boottime_ns, std::string& reason) {
  if (!line.ends_with('\n')) return closed(reason, "the gate file has no whole line");
  line.remove_suffix(1);
  const std::string_view state = next_word(line);
  std::int64_t epoch = 0, deadline = 0;
  if (!read_number(next_word(line), epoch)) return closed(reason, "the gate file does not read as a gate");
  if (state == "closed") return closed(reason, line.empty() ? "closed" : line);
  if (state != "open") return closed(reason, "the gate file does not read as a gate");
  if (line.empty()) return true;
  if (!read_number(line, deadline)) return closed(reason, "the gate's deadline is not a number");
  return boottime_ns < deadline || closed(reason, "the gate's deadline has passed");
}

bool GateFile::open(std::string& reason) {
  constexpr std::size_t kMostBytes = 4096;
  const auto line = read_file(path_, kMostBytes);
  if (!line) return closed(reason, line.error().message());
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return gate_is_open(*line, now.tv_sec * kSecond + now.tv_nsec, reason);
}

}  // namespace steward::trading
