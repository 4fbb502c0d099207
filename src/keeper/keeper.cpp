#include "keeper/keeper.hpp"

#include <fcntl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/ulid.hpp"
#include "base/words.hpp"
#include "keeper/program_check.hpp"
#include "os/environment.hpp"
#include "os/files.hpp"
#include "os/unix_socket.hpp"

extern char** environ;

namespace steward::keeper {

namespace {

constexpr std::int64_t kTendEvery = kSecond;

std::string pair(std::string_view key, std::string_view value) {
  return fmt::format(" {} {}", key, escape_word(value));
}
template <std::integral T>
std::string pair(std::string_view key, T value) {
  return fmt::format(" {} {}", key, static_cast<std::int64_t>(value));
}

std::string bot_line(const BotView& bot) {
  std::string line = fmt::format("bot {}", bot.name);
  line += pair("role", bot.role == Role::agent ? "agent" : "bot");
  line += pair("state", bot_state_name(bot.state)) + pair("pid", bot.pid) + pair("run", bot.run);
  line += pair("restarts", bot.restarts) + pair("since_ns", bot.since) + pair("reason", bot.reason);
  line += pair("exit", bot.last_exit) + pair("next_start", bot.next_start);
  line += pair("gate", bot.role == Role::agent ? "" : bot.gate.open ? "open" : "closed");
  line += pair("gate_reason", bot.gate.reason) + pair("epoch", bot.gate.epoch);
  line += pair("spec", bot.spec) + pair("staged", bot.staged) + pair("down", bot.down);
  line += pair("cgroup", bot.cgroup) + pair("status", bot.status);
  return line + "\n";
}

Status open_on_exec(int fd, bool stays_open) {
  if (::fcntl(fd, F_SETFD, stays_open ? 0 : FD_CLOEXEC) == 0) return {};
  return fail_errno(errno, "fcntl");
}

}  // namespace

Keeper::Keeper(Beginning beginning, EventLoop loop)
    : beginning_(std::move(beginning)),
      layout_(beginning_.state),
      loop_(std::move(loop)),
      run_(make_ulid(clock_.wall(), random_)),
      journal_(layout_.keeper_runs() + "/" + run_),
      past_(layout_.keeper_runs(), run_),
      launcher_(std::move(beginning_.launcher), layout_, loop_, clock_, random_, *this),
      store_(layout_, launcher_, past_, std::move(beginning_.handoff)),
      supervisor_(launcher_, store_, *this, clock_, random_),
      control_(loop_, [this](const auto& words) { return answer(words); }) {
  launcher_.listen(*this);
}

Keeper::~Keeper() = default;

void Keeper::event(std::string json) {
  journal_.line(json);
}
void Keeper::run_exited(const std::string& bot, Ending ending) {
  supervisor_.exited(bot, ending);
}
void Keeper::run_notified(const std::string& bot, const NotifyMessage& message) {
  supervisor_.notified(bot, message);
}

Result<Plan> Keeper::load_plan() {
  const auto read = [](const std::string& path) -> Result<Plan> {
    const auto text = read_file(path, kMostPlanBytes);
    if (!text) return std::unexpected(text.error());
    auto plan = parse_plan(*text);
    if (!plan) return fail(plan.error(), "{}", path);
    return plan;
  };
  auto plan = read(layout_.plan());
  if (plan) {
    const auto text = format_plan(*plan);
    if (auto kept = swap_file(layout_.last_plan(), text); !kept) log::warning("{}", kept.error().text());
    return plan;
  }
  auto last = read(layout_.last_plan());
  if (!last) return plan;
  log::error("{}; going on with the plan before it", plan.error().text());
  return last;
}

Status Keeper::begin() {
  auto plan = load_plan();
  if (!plan) return std::unexpected(plan.error());
  if (auto done = open_signals(); !done) return done;
  if (auto done = open_control(); !done) return done;
  started_ = clock_.wall();
  const char* how = beginning_.upgraded ? "upgraded" : beginning_.predecessor_died ? "adopted" : "fresh";
  JsonWriter json;
  json.object().field("t", started_).field("type", "keeper.started").field("pid", ::getpid());
  event(json.field("version", STEWARD_VERSION).field("how", how).end().take());
  if (!beginning_.no_cgroups.empty()) {
    JsonWriter trouble;
    trouble.object().field("t", started_).field("type", "keeper.trouble").field("what", "cgroup");
    event(trouble.field("text", beginning_.no_cgroups).end().take());
  }
  supervisor_.apply(*plan);
  on_agent_dead_ = plan->on_agent_dead;
  store_.close_unclaimed();
  launcher_.remove_stale_sockets();
  if (auto noted = swap_file(layout_.running(), fmt::format("{}\n", ::getpid())); !noted)
    log::warning("{}", noted.error().text());
  launcher_.reap();
  supervisor_.settle();
  manager_.send(fmt::format("READY=1\nSTATUS=keeping {} bots\n", plan->bots.size()));
  pat_every_ = manager_.watchdog_ns() / 2;
  return {};
}

Status Keeper::open_control() {
  if (beginning_.handoff.control >= 0) return control_.listen(Fd(beginning_.handoff.control));
  auto socket = listen_unix(layout_.socket(), 0600);
  if (!socket) return std::unexpected(socket.error());
  return control_.listen(std::move(*socket));
}

Status Keeper::open_signals() {
  sigset_t taken;
  ::sigemptyset(&taken);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&taken, signal);
  ::sigprocmask(SIG_SETMASK, &taken, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  signals_.reset(::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) return fail_errno(errno, "signalfd");
  return loop_.watch(signals_.get(), EPOLLIN, [this](auto) { take_signals(); });
}

void Keeper::take_signals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) launcher_.reap();
    if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) begin_shutdown();
    if (info.ssi_signo == SIGHUP) hang_up();
  }
}

/// Of what the configuration says only the agent knows, so a reload is handed to it; it comes back with a new
/// plan.
void Keeper::hang_up() {
  if (auto done = reload(); !done) log::error("{}", done.error().text());
  for (const BotView& bot : supervisor_.view()) {
    if (bot.role == Role::agent && bot.state == BotState::ready) launcher_.signal(bot.name, SIGHUP);
  }
}

void Keeper::begin_shutdown() {
  if (supervisor_.shutting_down()) return;
  manager_.stopping();
  JsonWriter json;
  event(json.object().field("t", clock_.wall()).field("type", "keeper.stopping").end().take());
  supervisor_.shut_down();
}

int Keeper::run() {
  bool more = true;
  while (true) {
    supervisor_.settle();
    if (supervisor_.done()) break;
    if (!upgrade_to_.empty()) upgrade();
    loop_.turn(clock_, next_deadline(more));
    supervisor_.settle();
    more = launcher_.prepare();
    if (clock_.mono() >= tend_at_) tend();
  }
  journal_.tend();
  ::unlink(layout_.running().c_str());
  ::unlink(layout_.socket().c_str());
  return 0;
}

MonoNs Keeper::next_deadline(bool more_to_prepare) const {
  if (more_to_prepare) return 0;
  const MonoNs due = supervisor_.deadline();
  MonoNs next = due < 0 ? tend_at_ : std::min(due, tend_at_);
  if (pat_every_ > 0) next = std::min(next, pat_at_);
  return next;
}

void Keeper::tend() {
  const MonoNs now = clock_.mono();
  tend_at_ = now + kTendEvery;
  launcher_.tend();
  journal_.tend();
  if (pat_every_ > 0 && now >= pat_at_) {
    manager_.watchdog();
    pat_at_ = now + pat_every_;
  }
  if (!on_agent_dead_.empty() && !supervisor_.shutting_down()) look_at_agent(now);
  helper_.tend(now);
  const bool trouble = !journal_.trouble().empty();
  if (trouble && !journal_trouble_told_)
    log::error("the keeper's journal cannot be written: {}", journal_.trouble());
  if (!trouble && journal_trouble_told_) {
    JsonWriter json;
    json.object().field("t", clock_.wall()).field("type", "keeper.trouble").field("what", "disk");
    json.field("text", fmt::format("the keeper's journal is written again; {} lines were lost",
                                   journal_.lost() - lost_told_));
    event(json.field("over", true).end().take());
    if (journal_.lost() != lost_told_) supervisor_.tell_all();
    lost_told_ = journal_.lost();
  }
  journal_trouble_told_ = trouble;
}

/// Silence of the agent is an alarm that only we can raise.
void Keeper::look_at_agent(MonoNs now) {
  const auto [ready, struggling] = supervisor_.agent();
  const auto verdict = agent_watch_.look(ready, struggling, now);
  if (verdict == AgentWatch::Verdict::nothing) return;
  JsonWriter json;
  json.object().field("t", clock_.wall()).field("type", "keeper.trouble").field("what", "agent");
  if (verdict == AgentWatch::Verdict::well) {
    json.field("text", "the agent is ready again").field("over", true);
  } else {
    std::vector<std::string> env = plain_environment();
    env.push_back("STEWARD_STATE=" + layout_.state());
    const Status begun = helper_.begin(on_agent_dead_, std::move(env), now);
    json.field("text",
               begun ? "the agent is dead; on_agent_dead was run"
                     : "the agent is dead, and on_agent_dead could not be run: " + begun.error().text());
    log::error("the agent is dead; on_agent_dead {}",
               begun ? "was run" : "could not be run: " + begun.error().text());
  }
  event(json.end().take());
}

std::string Keeper::answer(const std::vector<std::string>& words) {
  auto done = perform(words);
  return done ? *done + "ok\n" : answer_of(std::unexpected(done.error()));
}

Result<std::string> Keeper::perform(const std::vector<std::string>& words) {
  const std::string& verb = words[0];
  const auto plain = [](Status status) -> Result<std::string> {
    if (!status) return std::unexpected(status.error());
    return std::string();
  };
  if (words.size() == 1) {
    if (verb == "ping") return std::string();
    if (verb == "status") return status_text();
    if (verb == "reload") return plain(reload());
    if (verb == "stop-all") return plain(supervisor_.stop_all());
    if (verb == "shutdown") {
      begin_shutdown();
      return std::string();
    }
  }
  if (words.size() == 2) {
    if (verb == "start") return plain(supervisor_.start(words[1]));
    if (verb == "stop") return plain(supervisor_.stop(words[1]));
    if (verb == "restart") return plain(supervisor_.restart(words[1]));
    if (verb == "upgrade") return plain(ask_upgrade(words[1]));
  }
  if (verb == "halt" && words.size() == 4) return plain(supervisor_.halt(words[1], words[2], words[3]));
  if (verb == "resume" && words.size() == 3) return plain(supervisor_.resume(words[1], words[2]));
  return fail(Code::invalid,
              "\"{}\" with {} words is no request to a keeper; docs/formats/plan.md lists them", verb,
              words.size() - 1);
}

std::string Keeper::status_text() const {
  std::string text = "keeper";
  text += pair("pid", ::getpid()) + pair("version", STEWARD_VERSION) + pair("run", run_) +
          pair("since_ns", started_);
  text += pair("state", supervisor_.shutting_down() ? "stopping" : "ready");
  text += pair("cgroups", beginning_.no_cgroups.empty() ? "yes" : beginning_.no_cgroups);
  text += pair("journal_lines_lost", journal_.lost()) + pair("trouble", journal_.trouble()) + "\n";
  for (const BotView& bot : supervisor_.view()) text += bot_line(bot);
  return text;
}

Status Keeper::reload() {
  if (supervisor_.shutting_down()) return fail(Code::conflict, "the keeper is shutting down");
  const auto text = read_file(layout_.plan(), kMostPlanBytes);
  if (!text) return std::unexpected(text.error());
  auto plan = parse_plan(*text);
  if (!plan) return fail(plan.error(), "{}: the plan in force stays", layout_.plan());
  if (auto kept = swap_file(layout_.last_plan(), *text); !kept) log::warning("{}", kept.error().text());
  supervisor_.apply(*plan);
  on_agent_dead_ = plan->on_agent_dead;
  return {};
}

Status Keeper::ask_upgrade(const std::string& program) {
  if (supervisor_.shutting_down()) return fail(Code::conflict, "the keeper is shutting down");
  if (auto good = check_keeper_program(program); !good) return good;
  upgrade_to_ = program;
  return {};
}

/// Becomes the other program. Children stay ours, and who ends meanwhile waits as a zombie to be reaped by
/// it.
void Keeper::upgrade() {
  const std::string program = std::exchange(upgrade_to_, {});
  control_.flush();
  journal_.tend();
  Handoff handoff{.lock = beginning_.lock.get(),
                  .control = control_.listener(),
                  .files_soft = launcher_.settings().files_soft};
  std::vector<int> kept{handoff.lock, handoff.control};
  for (const auto& run : launcher_.kept()) {
    handoff.runs[run.bot] = {.run = run.run, .notify = run.notify, .output = run.output};
    kept.insert(kept.end(), {run.notify, run.output});
  }
  const std::string note = layout_.keeper() + "/handoff";
  Status done = swap_file(note, format_handoff(handoff));
  for (const int fd : kept) {
    if (done) done = open_on_exec(fd, true);
  }
  if (done) {
    ::setenv(kHandoffVariable, note.c_str(), 1);
    const char* const args[] = {program.c_str(), "--state", layout_.state().c_str(), nullptr};
    ::execve(program.c_str(), const_cast<char* const*>(args), environ);
    done = fail_errno(errno, "cannot become " + program);
    ::unsetenv(kHandoffVariable);
  }
  for (const int fd : kept) [[maybe_unused]]
    const auto closed = open_on_exec(fd, false);
  log::error("{}", done.error().text());
  JsonWriter json;
  json.object().field("t", clock_.wall()).field("type", "keeper.trouble").field("what", "upgrade");
  event(json.field("text", done.error().text()).end().take());
}

}  // namespace steward::keeper
