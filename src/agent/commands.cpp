#include "agent/commands.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "net/control_socket.hpp"

namespace steward::agent {

namespace {

namespace json = boost::json;
using Words = std::vector<std::string>;

Result<json::object> parse_request(std::string_view line) {
  json::error_code error;
  json::parse_options options;
  options.max_depth = 4;
  auto value = json::parse(line, error, {}, options);
  if (error || !value.is_object()) return fail(Code::invalid, "a request is one JSON object on one line");
  return std::move(value.as_object());
}

Status only(const json::object& request, std::initializer_list<std::string_view> known) {
  for (const auto& field : request) {
    const std::string_view key(field.key().data(), field.key().size());
    if (key != "command" && std::ranges::find(known, key) == known.end()) {
      return fail(Code::invalid, "the request has no field \"{}\"", key);
    }
  }
  return {};
}

Result<std::string> text(const json::object& request, std::string_view key, std::string_view otherwise = {}) {
  const json::value* value = request.if_contains({key.data(), key.size()});
  if (value == nullptr) {
    if (!otherwise.empty()) return std::string(otherwise);
    return fail(Code::invalid, "\"{}\" is missing", key);
  }
  if (!value->is_string() || value->as_string().empty() || value->as_string().size() > 1000) {
    return fail(Code::invalid, "\"{}\" must be a text of 1 to 1000 bytes", key);
  }
  return std::string(value->as_string());
}

/// The keeper's request for one of start, stop, restart, halt, resume, stop-all.
Result<Words> keeper_words(const std::string& command, const json::object& request) {
  const auto by = text(request, "by", "unknown");
  if (!by) return std::unexpected(by.error());
  if (command == "stop-all") {
    const auto fields = only(request, {"by"});
    return fields ? Result<Words>(Words{command}) : std::unexpected(fields.error());
  }
  const auto bot = text(request, "bot");
  if (!bot) return std::unexpected(bot.error());
  if (command == "halt") {
    if (const auto fields = only(request, {"bot", "by", "reason"}); !fields)
      return std::unexpected(fields.error());
    const auto reason = text(request, "reason", "halted by hand");
    return reason ? Result<Words>(Words{command, *bot, *by, *reason}) : std::unexpected(reason.error());
  }
  if (const auto fields = only(request, {"bot", "by"}); !fields) return std::unexpected(fields.error());
  return command == "resume" ? Words{command, *bot, *by} : Words{command, *bot};
}

bool is_keeper_command(std::string_view command) {
  constexpr std::array<std::string_view, 6> kCommands{"start", "stop",   "restart",
                                                      "halt",  "resume", "stop-all"};
  return std::ranges::find(kCommands, command) != kCommands.end();
}

Result<bool> read_now(const json::object& request) {
  if (const auto fields = only(request, {"now"}); !fields) return std::unexpected(fields.error());
  const json::value* now = request.if_contains("now");
  if (now != nullptr && !now->is_bool()) return fail(Code::invalid, "\"now\" must be true or false");
  return now != nullptr && now->as_bool();
}

}  // namespace

std::string Commands::answer(std::string_view line) const {
  const auto request = parse_request(line);
  if (!request) return net::control_error(request.error());
  const auto command = text(*request, "command");
  if (!command) return net::control_error(command.error());
  if (*command == "status" || *command == "health" || *command == "ping") {
    if (const auto fields = only(*request, {}); !fields) return net::control_error(fields.error());
    if (*command == "health") return actions_.health();
    return *command == "ping" ? R"({"ok":true})" : actions_.status();
  }
  if (*command == "reload") {
    const auto now = read_now(*request);
    if (!now) return net::control_error(now.error());
    const auto reloaded = actions_.reload(*now);
    return reloaded ? *reloaded : net::control_error(reloaded.error());
  }
  if (!is_keeper_command(*command)) {
    return net::control_error(Error(Code::invalid, fmt::format("there is no command \"{}\"", *command)));
  }
  auto words = keeper_words(*command, *request);
  if (!words) return net::control_error(words.error());
  const Status done = actions_.keeper(std::move(*words));
  return done ? R"({"ok":true})" : net::control_error(done.error());
}

}  // namespace steward::agent
