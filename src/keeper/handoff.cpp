#include "keeper/handoff.hpp"

#include <charconv>

#include "base/words.hpp"

namespace steward::keeper {

namespace {

template <class T>
bool take(const std::string& word, T& into) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), into);
  return error == std::errc{} && end == word.data() + word.size();
}

bool take_line(Handoff& handoff, const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "lock") return take(words[1], handoff.lock);
  if (words.size() == 2 && words[0] == "control") return take(words[1], handoff.control);
  if (words.size() == 2 && words[0] == "files_soft") return take(words[1], handoff.files_soft);
  if (words.size() != 5 || words[0] != "run") return false;
  Handoff::Run run{.run = words[2]};
  if (!take(words[3], run.notify) || !take(words[4], run.output)) return false;
  handoff.runs[words[1]] = std::move(run);
  return true;
}

}  // namespace

std::string format_handoff(const Handoff& handoff) {
  std::string out =
      fmt::format("lock {}\ncontrol {}\nfiles_soft {}\n", handoff.lock, handoff.control, handoff.files_soft);
  for (const auto& [bot, run] : handoff.runs) {
    out += fmt::format("run {} {} {} {}\n", bot, run.run, run.notify, run.output);
  }
  return out;
}

Result<Handoff> parse_handoff(std::string_view text) {
  Handoff handoff;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto words = split_words(text.substr(0, end));
    if (end == std::string_view::npos || !words || !take_line(handoff, *words)) {
      return fail(Code::corrupt, "the note of the keeper before is torn");
    }
    text.remove_prefix(end + 1);
  }
  return handoff;
}

}  // namespace steward::keeper
