#include "backup/sources/agent_snapshot.hpp"

#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <thread>

#include "backup/jobs/configured.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/ulid.hpp"
#include "config/install.hpp"
#include "keeper/client.hpp"
#include "os/files.hpp"
#include "os/line_client.hpp"

namespace steward::backup {

namespace {

constexpr std::int64_t kAnswer = 10 * kSecond;
constexpr std::int64_t kPatience = 600 * kSecond, kAway = 60 * kSecond, kOld = 3600 * kSecond;
constexpr auto kPause = std::chrono::milliseconds(50);

/// Whether an answer of the agent's says that the copies are there; its error, when it has one.
Result<bool> is_done(const std::string& answer) {
  boost::json::error_code bad;
  const auto value = boost::json::parse(answer, bad);
  const auto* object = bad ? nullptr : value.if_object();
  const auto* state = object == nullptr ? nullptr : object->if_contains("state");
  if (state != nullptr && state->is_string()) return state->get_string() == "done";
  const auto* error = object == nullptr ? nullptr : object->if_contains("error");
  const auto* members = error == nullptr ? nullptr : error->if_object();
  const auto* message = members == nullptr ? nullptr : members->if_contains("message");
  return fail(Code::conflict, "the agent does not copy its databases: {}",
              message != nullptr && message->is_string() ? std::string_view(message->get_string())
                                                         : "its answer is not to be read");
}

void remove_copies(const std::string& folder) {
  for (const char* database : {"/state.db", "/steward.db"}) ::unlink((folder + database).c_str());
  ::rmdir(folder.c_str());
}

/// What backups left that were killed.
void forget_old(const std::string& folder, const std::string& before) {
  const auto names = list_folder(folder);
  for (const std::string& name : names ? *names : std::vector<std::string>{}) {
    if (is_ulid(name) && name < before) remove_copies(folder + "/" + name);
  }
}

/// One request; Code::unavailable when no agent answers, or it ended meanwhile.
Result<bool> ask(const std::string& state, const std::string& request) {
  auto agent = LineClient::connect(config::control_socket(state), kAnswer);
  if (!agent) return std::unexpected(agent.error());
  if (auto sent = agent->send(request, kAnswer); !sent) return std::unexpected(sent.error());
  const auto answer = agent->receive(kAnswer);
  return answer ? is_done(*answer) : std::unexpected(answer.error());
}

bool keeper_lives(const std::string& state) {
  const auto keeper = keeper::Client::connect(state, kSecond);
  return keeper || keeper.error().code() != Code::unavailable;
}

}  // namespace

std::string snapshot_folder(const std::string& state) {
  return work_folder(state) + "/snapshot";
}

Result<AgentSnapshot> AgentSnapshot::take(const std::string& state, const std::stop_token& stop) {
  const SystemClock clock;
  SystemRandom random;
  forget_old(snapshot_folder(state), make_ulid(clock.wall() - kOld, random));
  const std::string id = make_ulid(clock.wall(), random);
  AgentSnapshot snapshot(snapshot_folder(state) + "/" + id);
  const MonoNs deadline = clock.mono() + kPatience;
  MonoNs away_until = clock.mono() + kAway;
  while (true) {
    const auto done = ask(state, fmt::format(R"({{"command":"snapshot","id":"{}"}})", id));
    if (done && *done) return snapshot;
    if (done) away_until = clock.mono() + kAway;
    const bool away = !done && done.error().code() == Code::unavailable;
    if (!done && !away) return std::unexpected(done.error());
    // Nobody is about to open the databases; an agent that comes back would find them locked by us.
    if (away && !keeper_lives(state)) return none();
    if (stop.stop_requested()) return fail(Code::cancelled, "the backup was stopped");
    if (clock.mono() > (away ? away_until : deadline))
      return fail(Code::timeout, "the agent does not copy its databases{}",
                  away ? ": " + done.error().text() : " in time");
    std::this_thread::sleep_for(kPause);
  }
}

AgentSnapshot::~AgentSnapshot() {
  if (!folder_.empty()) remove_copies(folder_);
}

std::string AgentSnapshot::copy_of(const std::string& database) const {
  const std::string path = folder_ + "/" + database;
  return !folder_.empty() && exists(path) ? path : std::string();
}

}  // namespace steward::backup
