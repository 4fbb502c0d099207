#include "keeper/client.hpp"

#include "base/words.hpp"

namespace steward::keeper {

namespace {

constexpr std::size_t kMostLines = 10'000;

}  // namespace

std::string socket_path(const std::string& state) {
  return state + "/keeper.sock";
}

Result<Client> Client::connect(const std::string& state, std::int64_t timeout_ns) {
  auto line = LineClient::connect(socket_path(state), timeout_ns);
  if (!line) return std::unexpected(line.error());
  return Client(std::move(*line));
}

Result<std::vector<Client::Words>> Client::request(const Words& words, std::int64_t timeout_ns) {
  const MonoNs deadline = SystemClock().mono() + timeout_ns;
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : " ").append(escape_word(word));
  if (auto sent = line_.send(text, timeout_ns); !sent) return std::unexpected(sent.error());
  std::vector<Words> answer;
  while (answer.size() < kMostLines) {
    const auto line = line_.receive(deadline - SystemClock().mono());
    if (!line) return std::unexpected(line.error());
    auto split = split_words(*line);
    if (!split) return fail(split.error(), "the keeper's answer is not to be read");
    if (split->front() == "ok") return answer;
    if (split->front() == "error") {
      std::string why;
      for (std::size_t i = 2; i < split->size(); ++i) why.append(why.empty() ? "" : " ").append((*split)[i]);
      return fail(code_of_name(split->size() > 1 ? (*split)[1] : ""), "{}",
                  why.empty() ? "the keeper gave no reason" : why);
    }
    answer.push_back(std::move(*split));
  }
  return fail(Code::corrupt, "the keeper's answer has more than {} lines", kMostLines);
}

}  // namespace steward::keeper
