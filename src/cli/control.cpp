#include "cli/control.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/json_writer.hpp"
#include "cli/terminal.hpp"
#include "config/install.hpp"
#include "os/files.hpp"
#include "os/line_client.hpp"

namespace steward::cli {

namespace {

constexpr std::int64_t kAgentAnswers = kSecond;
constexpr std::int64_t kRequest = 10 * kSecond;
constexpr std::string_view kAgentAway = "the agent does not answer";

Error nobody(const std::string& state) {
  return {Code::unavailable,
          fmt::format("nothing runs on the state folder {}; `steward up` starts it, --state names another",
                      state)};
}

std::string request_of(const Order& order) {
  JsonWriter out;
  out.object().field("command", order.command);
  if (!order.bot.empty()) out.field("bot", order.bot);
  out.field("by", own_user());
  if (order.command == "halt") out.field("reason", order.reason);
  return out.end().take();
}

keeper::Client::Words words_of(const Order& order) {
  if (order.command == "halt") return {"halt", order.bot, own_user(), order.reason};
  if (order.command == "resume") return {"resume", order.bot, own_user()};
  return order.bot.empty() ? keeper::Client::Words{order.command}
                           : keeper::Client::Words{order.command, order.bot};
}

/// Whether the order may be given a second time, to the keeper, when the agent took it and then fell silent.
/// An agent that wakes later carries it out late: harmless for what closes and stops, not for what opens and
/// starts.
bool may_repeat(const Order& order) {
  return order.command == "halt" || order.command == "stop" || order.command == "stop-all";
}

}  // namespace

std::optional<Error> error_of_answer(std::string_view text) {
  boost::json::error_code bad;
  const auto answer = boost::json::parse(boost::json::string_view(text.data(), text.size()), bad);
  const auto* object = bad ? nullptr : answer.if_object();
  const auto* ok = object == nullptr ? nullptr : object->if_contains("ok");
  if (ok == nullptr || !ok->is_bool()) return Error(Code::corrupt, "the agent's answer is not to be read");
  if (ok->get_bool()) return std::nullopt;
  const auto member = [](const boost::json::value* value, const char* key) -> std::string {
    const auto* inner = value == nullptr ? nullptr : value->if_object();
    const auto* found = inner == nullptr ? nullptr : inner->if_contains(key);
    const auto* words = found == nullptr ? nullptr : found->if_string();
    return words == nullptr ? "" : std::string(words->data(), words->size());
  };
  const auto* error = object->if_contains("error");
  const std::string message = member(error, "message");
  return Error(code_of_name(member(error, "code")),
               message.empty() ? "the agent refused and gave no reason" : message);
}

namespace {
std::optional<config::Parsed> parsed_of(const Options& options) {
  const auto file = config::find_config(options.config);
  const auto text = file ? read_file(*file, config::kLargestFile) : fail(file.error(), "none");
  if (!text) return std::nullopt;
  return config::parse(*text, *file);
}
}  // namespace

std::optional<config::Settings> settings_of(const Options& options) {
  auto parsed = parsed_of(options);
  return parsed ? std::optional(std::move(parsed->settings)) : std::nullopt;
}

Result<std::string> state_of(const Options& options) {
  if (!options.state.empty()) return config::absolute_path(options.state);
  if (!options.config.empty()) {
    if (const auto file = config::find_config(options.config); !file) return std::unexpected(file.error());
  }
  const auto parsed = parsed_of(options);
  if (parsed && !parsed->settings.state.empty()) return parsed->settings.state;
  std::string state = config::default_state();
  const std::string errors = parsed ? config::error_sentences(parsed->problems) : "";
  // A file in the middle of an edit keeps nobody from halting what runs where Steward keeps its state by
  // default.
  if (errors.empty() || exists(state + "/keeper.sock")) return state;
  return fail(Code::invalid, "{}\nso the state folder is not known; --state names it", errors);
}

Result<std::string> Control::ask_agent(std::string_view request, std::int64_t timeout_ns) {
  auto line = LineClient::connect(config::control_socket(state_), timeout_ns, 16 << 20);
  if (!line) return std::unexpected(line.error());
  if (auto sent = line->send(request, timeout_ns); !sent) return std::unexpected(sent.error());
  auto answer = line->receive(timeout_ns);
  if (!answer) return answer;
  if (auto error = error_of_answer(*answer)) return std::unexpected(std::move(*error));
  return answer;
}

bool Control::agent_answers() {
  return ask_agent(R"({"command":"ping"})", kAgentAnswers).has_value();
}

Result<std::vector<keeper::Client::Words>> Control::ask_keeper(const keeper::Client::Words& words) {
  auto client = keeper::Client::connect(state_);
  if (!client && client.error().code() == Code::unavailable) return std::unexpected(nobody(state_));
  if (!client) return fail(client.error(), "the keeper of {} cannot be asked", state_);
  return client->request(words, kRequest);
}

Result<std::string> Control::status_json() {
  return ask_agent(R"({"command":"status"})", kAgentAnswers);
}

Result<StatusReport> Control::status() {
  if (const auto answer = status_json()) return status_of_agent(*answer);
  const auto lines = ask_keeper({"status"});
  if (!lines) return std::unexpected(lines.error());
  auto report = status_of_keeper(*lines, SystemClock().wall());
  if (report)
    report->notices.push_back(
        fmt::format("{}; this is what the keeper knows: no orders, money or health", kAgentAway));
  return report;
}

Status Control::carry_out(const Order& order) {
  if (agent_answers()) {
    const auto answer = ask_agent(request_of(order), kRequest);
    if (answer) return {};
    const bool silent = answer.error().code() == Code::timeout || answer.error().code() == Code::unavailable;
    if (!silent) return std::unexpected(answer.error());
    if (!may_repeat(order)) {
      return fail(Code::timeout,
                  "the agent took the order and fell silent; `steward status` shows what became of it");
    }
  }
  const auto done = ask_keeper(words_of(order));
  if (!done) return std::unexpected(done.error());
  remark(fmt::format("{}; done by the keeper", kAgentAway));
  return {};
}

}  // namespace steward::cli
