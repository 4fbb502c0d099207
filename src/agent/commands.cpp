#include "agent/commands.hpp"

#include <algorithm>
#include <array>

#include "agent/alarm_commands.hpp"
#include "agent/request.hpp"
#include "net/control_socket.hpp"

namespace steward::agent {

namespace {

namespace json = boost::json;
using Words = std::vector<std::string>;

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
  if (*command == "snapshot") {
    const auto fields = only(*request, {"id"});
    const auto id = fields ? text(*request, "id") : std::unexpected(fields.error());
    const auto done = id ? actions_.snapshot(*id) : std::unexpected(id.error());
    return done ? *done : net::control_error(done.error());
  }
  if (AlarmCommands::knows(*command)) {
    const auto done = actions_.alarms(*command, *request);
    return done ? *done : net::control_error(done.error());
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
