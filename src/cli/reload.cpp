// steward reload
#include <fmt/ranges.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "alerts/rule_set.hpp"
#include "base/json_writer.hpp"
#include "cli/control.hpp"
#include "cli/terminal.hpp"
#include "config/install.hpp"

namespace steward::cli {

namespace {

constexpr std::int64_t kReload = 30 * kSecond;

/// What the agent's answer and our own work have in common.
struct Outcome {
  std::vector<std::string> added, removed, changed, warnings;
  std::int64_t unchanged = 0;
};

std::vector<std::string> texts(const boost::json::object& answer, const char* key) {
  std::vector<std::string> out;
  const auto* value = answer.if_contains(key);
  const auto* items = value == nullptr ? nullptr : value->if_array();
  if (items == nullptr) return out;
  for (const auto& item : *items) {
    if (item.is_string()) out.emplace_back(item.get_string().data(), item.get_string().size());
  }
  return out;
}

Result<Outcome> by_agent(Control& control, bool now) {
  JsonWriter request;
  request.object().field("command", "reload").field("now", now).end();
  const auto text = control.ask_agent(request.text(), kReload);
  if (!text) return std::unexpected(text.error());
  boost::json::error_code bad;
  const auto answer = boost::json::parse(*text, bad);
  const auto* object = bad ? nullptr : answer.if_object();
  if (object == nullptr) return fail(Code::corrupt, "the agent's answer is not to be read");
  const auto* unchanged = object->if_contains("unchanged");
  return Outcome{texts(*object, "added"), texts(*object, "removed"), texts(*object, "changed"),
                 texts(*object, "warnings"),
                 unchanged != nullptr && unchanged->is_int64() ? unchanged->get_int64() : 0};
}

Result<Outcome> by_keeper(Control& control, bool now) {
  if (auto there = control.ask_keeper({"ping"}); !there) return std::unexpected(there.error());
  const auto entry = config::entry_in_force(control.state());
  if (!entry) return std::unexpected(entry.error());
  const auto done = config::install(entry->config, control.state(), entry->program, alerts::check_rules);
  if (!done) return std::unexpected(done.error());
  if (auto taken = control.ask_keeper({"reload"}); !taken) return std::unexpected(taken.error());
  remark("the agent does not answer; done by the keeper");
  Outcome out{done->added, done->removed, done->changed, {}, static_cast<std::int64_t>(done->unchanged)};
  for (const config::Problem& warning : done->warnings) out.warnings.push_back(warning.sentence());
  for (const std::string& name : now ? out.changed : std::vector<std::string>{}) {
    if (auto restarted = control.ask_keeper({"restart", name}); !restarted)
      return std::unexpected(restarted.error());
  }
  return out;
}

std::string sentence(const Outcome& outcome, bool now) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view what, const std::vector<std::string>& names) {
    if (!names.empty()) parts.push_back(fmt::format("{}: {}", what, fmt::join(names, ", ")));
  };
  add("added", outcome.added);
  add("removed", outcome.removed);
  add(now ? "restarted" : "changed, taken at their next start (--now: at once)", outcome.changed);
  parts.push_back(fmt::format("{} not touched", outcome.unchanged));
  return fmt::format("loaded; {}\n", fmt::join(parts, "; "));
}

std::string to_json(const Outcome& outcome) {
  JsonWriter out;
  const auto list = [&](std::string_view key, const std::vector<std::string>& items) {
    out.array(key);
    for (const std::string& item : items) out.value(item);
    out.end();
  };
  out.object().field("ok", true);
  list("added", outcome.added);
  list("removed", outcome.removed);
  list("changed", outcome.changed);
  out.field("unchanged", outcome.unchanged);
  list("warnings", outcome.warnings);
  return out.end().take() + "\n";
}

/// A file other than the one in force was named: that one would not be loaded.
Status same_file(const Options& options, const std::string& state) {
  if (options.config.empty()) return {};
  const auto named = config::find_config(options.config);
  const auto entry = config::entry_in_force(state);
  if (!named) return std::unexpected(named.error());
  if (!entry || entry->config == *named) return {};
  return fail(Code::invalid,
              "{} runs with {}, not {}; to change that, `steward shutdown` and `steward up --config {}`",
              state, entry->config, *named, *named);
}

}  // namespace

int run_reload(const Options& options) {
  const auto state = state_of(options);
  if (!state) return complain(state.error());
  if (auto same = same_file(options, *state); !same) return complain(same.error());
  Control control(*state);
  const auto outcome =
      control.agent_answers() ? by_agent(control, options.now) : by_keeper(control, options.now);
  if (!outcome) return complain(outcome.error());
  if (options.json) return print(to_json(*outcome)), kDone;
  for (const std::string& warning : outcome->warnings) remark(warning);
  print(sentence(*outcome, options.now));
  return kDone;
}

}  // namespace steward::cli
