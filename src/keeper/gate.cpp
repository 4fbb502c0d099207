#include "keeper/gate.hpp"

#include <charconv>

#include "os/files.hpp"

namespace steward::keeper {

namespace {

constexpr std::size_t kMostGateBytes = 4096;

template <class T>
bool take_number(std::string_view word, T& into) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), into);
  return error == std::errc{} && end == word.data() + word.size() && !word.empty();
}

std::string_view take_word(std::string_view& rest) {
  const auto space = rest.find(' ');
  const std::string_view word = rest.substr(0, space);
  rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
  return word;
}

}  // namespace

std::string format_gate(const Gate& gate) {
  if (gate.open) {
    return gate.deadline == 0 ? fmt::format("open {}\n", gate.epoch)
                              : fmt::format("open {} {}\n", gate.epoch, gate.deadline);
  }
  std::string reason = gate.reason.substr(0, 1024);
  for (char& c : reason) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return fmt::format("closed {} {}\n", gate.epoch, reason.empty() ? "no reason given" : reason);
}

Result<Gate> parse_gate(std::string_view text) {
  const auto corrupt = [] {
    return fail(Code::corrupt,
                "the gate file is not one line \"open EPOCH [DEADLINE]\" or \"closed EPOCH REASON\"");
  };
  if (text.size() > kMostGateBytes || !text.ends_with('\n')) return corrupt();
  const std::string_view whole = text;
  text.remove_suffix(1);
  if (text.find('\n') != std::string_view::npos) return corrupt();
  Gate gate;
  const std::string_view word = take_word(text);
  gate.open = word == "open";
  if (!gate.open && word != "closed") return corrupt();
  if (!take_number(take_word(text), gate.epoch)) return corrupt();
  if (!gate.open) {
    gate.reason = text;
  } else if (!text.empty() && (!take_number(text, gate.deadline) || gate.deadline <= 0)) {
    return corrupt();
  }
  if (gate.open && format_gate(gate) != whole) return corrupt();  // a stray space or zero: not written by us
  return gate;
}

Gate load_gate(const std::string& path, bool& missing) {
  auto text = read_file(path, kMostGateBytes);
  missing = !text && text.error().code() == Code::not_found;
  auto gate = text ? parse_gate(*text) : std::unexpected(text.error());
  if (gate) return *gate;
  return {.open = false, .epoch = 0, .reason = gate.error().text()};
}

}  // namespace steward::keeper
