#include "keeper/plan.hpp"

#include <charconv>
#include <limits>
#include <set>
#include <unordered_map>

#include "base/fnv.hpp"
#include "base/words.hpp"

namespace steward::keeper {

namespace {

constexpr std::string_view kHeader = "steward-plan 1";
constexpr std::string_view kRestarts[] = {"always", "on-failure", "never"};

struct NumberKey {
  std::string_view key;
  std::int64_t BotSpec::* field;
};
constexpr NumberKey kNumbers[] = {
    {"restart_delay", &BotSpec::restart_delay}, {"restart_delay_max", &BotSpec::restart_delay_max},
    {"stop_timeout", &BotSpec::stop_timeout},   {"start_timeout", &BotSpec::start_timeout},
    {"watchdog", &BotSpec::watchdog},           {"memory_max", &BotSpec::memory_max},
    {"files_max", &BotSpec::files_max},         {"log_max", &BotSpec::log_max},
    {"log_files", &BotSpec::log_files},
};

Result<std::int64_t> number(std::string_view word, std::int64_t most) {
  std::int64_t value = -1;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || value < 0 || value > most) {
    return fail(Code::invalid, "expected a whole number from 0 to {}, found \"{}\"", most, word);
  }
  return value;
}
constexpr std::int64_t kMostNumber =
    std::numeric_limits<std::int64_t>::max() / 4;  // sums of two cannot overflow
constexpr std::int64_t kMostId = 0xfffffffe;

Status expect(const std::vector<std::string>& words, std::size_t count) {
  if (words.size() == count) return {};
  return fail(Code::invalid, "\"{}\" takes {} words, found {}", words[0], count - 1, words.size() - 1);
}

/// A word that goes to execve or open must not be cut by a NUL.
Status whole(std::string_view word) {
  if (word.find('\0') == std::string_view::npos) return {};
  return fail(Code::invalid, "a NUL byte cannot be part of an argument, variable or path");
}

template <class T>
Status set_id(const std::string& word, T& into) {
  const auto id = number(word, kMostId);
  if (!id) return std::unexpected(id.error());
  into = static_cast<uid_t>(*id);
  return {};
}

Status set_text(const std::string& word, std::string& into) {
  if (auto ok = whole(word); !ok) return ok;
  into = word;
  return {};
}

Status add_word(std::vector<std::string>& list, const std::string& word) {
  if (auto ok = whole(word); !ok) return ok;
  if (list.size() >= kMostWordsOfBot) return fail(Code::invalid, "more than {} of them", kMostWordsOfBot);
  list.push_back(word);
  return {};
}

Status set_env(BotSpec& spec, const std::vector<std::string>& words) {
  if (auto ok = expect(words, 3); !ok) return ok;
  if (words[1].empty() || words[1].find('=') != std::string::npos) {
    return fail(Code::invalid, "\"{}\" cannot be the name of a variable", words[1]);
  }
  for (const auto& word : {words[1], words[2]}) {
    if (auto ok = whole(word); !ok) return ok;
  }
  if (spec.env.size() >= kMostWordsOfBot)
    return fail(Code::invalid, "more than {} variables", kMostWordsOfBot);
  spec.env.emplace_back(words[1], words[2]);
  return {};
}

Status set_budget(BotSpec& spec, const std::vector<std::string>& words) {
  if (auto ok = expect(words, 3); !ok) return ok;
  const auto count = number(words[1], 1'000'000);
  const auto window = number(words[2], kMostNumber);
  if (!count) return std::unexpected(count.error());
  if (!window) return std::unexpected(window.error());
  spec.budget_count = *count;
  spec.budget_window = *window;
  return {};
}

Status set_restart(BotSpec& spec, std::string_view word) {
  for (int i = 0; i < 3; ++i) {
    if (word != kRestarts[i]) continue;
    spec.restart = static_cast<Restart>(i);
    return {};
  }
  return fail(Code::invalid, "expected always, on-failure or never, found \"{}\"", word);
}

Status set_group(BotSpec& spec, const std::string& word) {
  if (spec.groups.size() >= kMostWordsOfBot)
    return fail(Code::invalid, "more than {} groups", kMostWordsOfBot);
  spec.groups.push_back(0);
  return set_id(word, spec.groups.back());
}

Status set_key(BotSpec& spec, const std::vector<std::string>& words) {
  const std::string& key = words[0];
  if (key == "env") return set_env(spec, words);
  if (key == "budget") return set_budget(spec, words);
  if (auto ok = expect(words, 2); !ok) return ok;
  const std::string& word = words[1];
  for (const auto& [name, field] : kNumbers) {
    if (key != name) continue;
    const auto value = number(word, kMostNumber);
    if (!value) return std::unexpected(value.error());
    spec.*field = *value;
    return {};
  }
  if (key == "arg") return add_word(spec.args, word);
  if (key == "after") return add_word(spec.after, word);
  if (key == "working_dir") return set_text(word, spec.working_dir);
  if (key == "env_file") return set_text(word, spec.env_file);
  if (key == "restart") return set_restart(spec, word);
  if (key == "uid") return set_id(word, spec.uid);
  if (key == "gid") return set_id(word, spec.gid);
  if (key == "group") return set_group(spec, word);
  if (key == "role" || key == "gate") {
    const bool on = word == (key == "role" ? "agent" : "1");
    if (!on && word != (key == "role" ? "bot" : "0"))
      return fail(Code::invalid, "\"{}\" cannot be \"{}\"", key, word);
    if (key == "role") spec.role = on ? Role::agent : Role::bot;
    if (key == "gate") spec.gate = on;
    return {};
  }
  return fail(Code::invalid, "\"{}\" is no key of a plan; keeper and agent must be of one release", key);
}

Status begin_bot(Plan& plan, const std::vector<std::string>& words) {
  if (auto ok = expect(words, 2); !ok) return ok;
  if (!is_bot_name(words[1])) return fail(Code::invalid, "\"{}\" cannot be a bot's name", words[1]);
  if (plan.bots.size() >= kMostBots) return fail(Code::invalid, "more than {} bots", kMostBots);
  plan.bots.push_back({.name = words[1]});
  return {};
}

Status read_line(Plan& plan, std::string_view line) {
  const auto words = split_words(line);
  if (!words) return std::unexpected(words.error());
  if (words->front() == "bot") return begin_bot(plan, *words);
  if (plan.bots.empty() && words->front() == "on_agent_dead") {
    if (auto ok = expect(*words, 2); !ok) return ok;
    return add_word(plan.on_agent_dead, (*words)[1]);
  }
  if (plan.bots.empty()) return fail(Code::invalid, "expected \"bot NAME\", found \"{}\"", words->front());
  return set_key(plan.bots.back(), *words);
}

/// Takes the `end` line off, or says why the text is not whole.
Result<std::string_view> body_of(std::string_view text) {
  if (text.size() > kMostPlanBytes)
    return fail(Code::invalid, "the plan is larger than {} bytes", kMostPlanBytes);
  const auto torn = [] {
    return fail(Code::corrupt,
                "the plan is torn or was edited by hand: its last line does not fit; compile it anew");
  };
  if (text.empty() || text.back() != '\n') return torn();
  const auto previous = text.rfind('\n', text.size() - 2);
  if (previous == std::string_view::npos) return torn();
  const std::string_view body = text.substr(0, previous + 1);
  std::size_t lines = 0;
  for (const char c : body) lines += c == '\n' ? 1 : 0;
  if (text.substr(previous + 1) != fmt::format("end {} {:016x}\n", lines, fnv1a64(body))) return torn();
  if (!body.starts_with(kHeader) || body[kHeader.size()] != '\n') {
    return fail(Code::invalid, "the plan does not begin with \"{}\"; keeper and agent must be of one release",
                kHeader);
  }
  return body.substr(kHeader.size() + 1);
}

/// Depth-first walk along `after`: a bot met again while still open closes a circle.
class CircleFinder {
 public:
  explicit CircleFinder(const Plan& plan) : plan_(plan) {
    for (std::size_t i = 0; i < plan.bots.size(); ++i) at_[plan.bots[i].name] = i;
    mark_.resize(plan.bots.size());
  }
  Status check() {
    for (std::size_t i = 0; i < plan_.bots.size(); ++i) {
      if (auto ok = visit(i); !ok) return ok;
    }
    return {};
  }

 private:
  Status visit(std::size_t index) {  // at most kMostBots deep
    if (mark_[index] == 2) return {};
    const BotSpec& spec = plan_.bots[index];
    if (mark_[index] == 1) return fail(Code::invalid, "bot {}: its \"after\" runs in a circle", spec.name);
    mark_[index] = 1;
    for (const std::string& name : spec.after) {
      const auto it = at_.find(name);
      if (it == at_.end())
        return fail(Code::invalid, "bot {}: \"after\" names {}, which is not in the plan", spec.name, name);
      if (auto ok = visit(it->second); !ok) return ok;
    }
    mark_[index] = 2;
    return {};
  }

  const Plan& plan_;
  std::unordered_map<std::string_view, std::size_t> at_;
  std::vector<char> mark_;
};

Status check_plan(const Plan& plan) {
  std::set<std::string_view> names;
  int agents = 0;
  for (const BotSpec& spec : plan.bots) {
    if (!names.insert(spec.name).second) return fail(Code::invalid, "bot {} is there twice", spec.name);
    if (spec.args.empty() || spec.args[0].empty())
      return fail(Code::invalid, "bot {} has no program", spec.name);
    agents += spec.role == Role::agent ? 1 : 0;
  }
  if (agents > 1) return fail(Code::invalid, "there are {} agents; one is the most", agents);
  return CircleFinder(plan).check();
}

void add(std::string& out, std::string_view key, std::string_view word) {
  out.append(key).append(1, ' ').append(escape_word(word)).append(1, '\n');
}

void format_bot(std::string& out, const BotSpec& spec) {
  static const BotSpec standard;
  add(out, "bot", spec.name);
  if (spec.role == Role::agent) add(out, "role", "agent");
  for (const auto& arg : spec.args) add(out, "arg", arg);
  if (spec.working_dir != standard.working_dir) add(out, "working_dir", spec.working_dir);
  if (spec.uid) add(out, "uid", std::to_string(*spec.uid));
  if (spec.gid) add(out, "gid", std::to_string(*spec.gid));
  for (const gid_t group : spec.groups) add(out, "group", std::to_string(group));
  for (const auto& [name, value] : spec.env) {
    out.append("env ").append(escape_word(name)).append(1, ' ').append(escape_word(value)).append(1, '\n');
  }
  if (!spec.env_file.empty()) add(out, "env_file", spec.env_file);
  for (const auto& name : spec.after) add(out, "after", name);
  add(out, "restart", kRestarts[static_cast<int>(spec.restart)]);
  out += fmt::format("budget {} {}\n", spec.budget_count, spec.budget_window);
  for (const auto& [key, field] : kNumbers) {
    if (spec.*field != standard.*field) add(out, key, std::to_string(spec.*field));
  }
  if (spec.gate) add(out, "gate", "1");
}

}  // namespace

bool is_bot_name(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > 63 || !fits(name[0])) return false;
  for (const char c : name) {
    if (!fits(c) && c != '_' && c != '-') return false;
  }
  return true;
}

std::string format_plan(const Plan& plan) {
  std::string out(kHeader);
  out += '\n';
  for (const std::string& word : plan.on_agent_dead) add(out, "on_agent_dead", word);
  for (const BotSpec& spec : plan.bots) format_bot(out, spec);
  std::size_t lines = 0;
  for (const char c : out) lines += c == '\n' ? 1 : 0;
  return out + fmt::format("end {} {:016x}\n", lines, fnv1a64(out));
}

Result<Plan> parse_plan(std::string_view text) {
  auto body = body_of(text);
  if (!body) return std::unexpected(body.error());
  Plan plan;
  std::size_t line = 1;
  for (std::string_view rest = *body; !rest.empty();) {
    const auto end = rest.find('\n');
    ++line;
    if (auto read = read_line(plan, rest.substr(0, end)); !read)
      return fail(read.error(), "plan, line {}", line);
    rest.remove_prefix(end + 1);
  }
  if (auto ok = check_plan(plan); !ok) return fail(ok.error(), "plan");
  return plan;
}

std::string spec_hash(const BotSpec& spec) {
  std::string text;
  format_bot(text, spec);
  return fmt::format("{:016x}", fnv1a64(text));
}

}  // namespace steward::keeper
