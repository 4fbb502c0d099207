#include "agent/agent.hpp"

#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>

#include "agent/alarm_commands.hpp"
#include "agent/alarms.hpp"
#include "agent/backups.hpp"
#include "agent/clock_watch.hpp"
#include "agent/commands.hpp"
#include "agent/configuration.hpp"
#include "agent/endpoint_watch.hpp"
#include "agent/observer.hpp"
#include "agent/scraper.hpp"
#include "agent/shipping.hpp"
#include "agent/snapshots.hpp"
#include "agent/status.hpp"
#include "agent/system_facts.hpp"
#include "backup/sources/agent_snapshot.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "config/secrets.hpp"
#include "dashboard/dashboard.hpp"
#include "journal/layout.hpp"
#include "keeper/client.hpp"
#include "metrics/collector.hpp"
#include "metrics/run_totals.hpp"
#include "net/control_socket.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "net/listener.hpp"
#include "net/sntp.hpp"
#include "os/files.hpp"
#include "os/memory.hpp"
#include "os/notifier.hpp"

namespace steward::agent {

namespace {

constexpr std::int64_t kKeeperPatience = 2 * kSecond;
constexpr std::int64_t kTidyEvery = 5 * kSecond;

/// A journal of each bot is held open, hundreds of them perhaps. What cannot be had is done without.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// One address that people or Prometheus ask; tried again every few seconds while it cannot be had.
struct Door {
  std::string section;  ///< of steward.toml
  config::Listener listener;
  std::function<net::Router()> routes;
  std::unique_ptr<net::HttpServer> server;

  std::string url(std::string_view path) const {
    return server ? fmt::format("http://{}{}", server->endpoint().text(), path) : "";
  }
};

/// The composition of the agent's parts, all on the control thread but the engine's and curl's own.
class Agent {
 public:
  Agent(const Options& options, Configuration configuration)
      : options_(options), configuration_(std::move(configuration)), started_(clock_.mono()) {}

  int run();

 private:
  Status set_up();
  void assign_watches();
  void open_doors();
  void open(Door& door);
  void schedule();
  void every_second();
  void look_for_alarms();
  void assign_alarms();
  std::vector<std::string> bots_of(const std::string& strategy) const;
  void collect();
  void scrape();
  Result<dashboard::Exposition> render(std::string_view accept);
  void save_totals();
  void count_requests(metrics::Sources& sources) const;
  std::string status();
  Result<std::string> reload(bool now);
  void add_staged(std::vector<std::string>& changed) const;
  Status ask_keeper(const std::vector<std::string>& words);
  void become_new_agent();

  Options options_;
  SystemClock clock_;
  Configuration configuration_;
  MonoNs started_;
  MonoNs pat_at_ = 0, tidy_at_ = 0;
  bool scraping_ = false;  ///< a timer for scrape() runs
  net::EventLoop loop_;
  Notifier notifier_ = Notifier::from_environment();
  std::unique_ptr<store::Engine> engine_;
  std::unique_ptr<Observer> observer_;
  std::unique_ptr<net::Outbound> client_;
  std::unique_ptr<Scraper> scraper_;
  std::unique_ptr<EndpointWatch> endpoints_;
  net::SntpClient sntp_{loop_, clock_};
  ClockWatch time_{[this](const std::string& server, std::int64_t timeout, net::SntpClient::Done done) {
                     sntp_.ask(server, timeout, std::move(done));
                   },
                   clock_};
  std::unique_ptr<Alarms> alarms_;
  std::optional<AlarmCommands> alarm_commands_;
  std::unique_ptr<Backups> backups_;
  std::optional<Snapshots> snapshots_;
  std::unique_ptr<Shipping> shipping_ = std::make_unique<Shipping>(clock_);
  std::unique_ptr<SystemFacts> facts_;
  metrics::RunTotals totals_;
  bool totals_unsaved_ = false;
  metrics::Collector collector_{totals_};
  std::unique_ptr<dashboard::Dashboard> dashboard_;
  std::vector<Door> doors_;
  std::optional<net::ControlServer> control_;
  std::optional<Commands> commands_;
};

int Agent::run() {
  if (const Status ready = set_up(); !ready) {
    log::error("{}", ready.error().text());
    return 1;
  }
  give_back_start_up_memory();
  schedule();
  // The first pat arms the watchdog: an agent that hangs right after it was ready is replaced too.
  loop_.post([this] { notifier_.send("READY=1\nWATCHDOG=1"); });
  loop_.run();
  notifier_.stopping();
  shipping_.reset();
  alarms_.reset();
  engine_->stop();
  return 0;
}

Status Agent::set_up() {
  const config::Settings& settings = configuration_.settings();
  engine_ = std::make_unique<store::Engine>(
      store::EngineOptions{
          .state_folder = options_.state, .timezone = settings.timezone, .keep_ns = settings.journal_keep},
      clock_);
  if (auto started = engine_->start(); !started) return started;
  observer_ = std::make_unique<Observer>(options_.state, *engine_, clock_);
  client_ = net::make_curl_client([this](std::function<void()> task) { loop_.post(std::move(task)); });
  scraper_ = std::make_unique<Scraper>(*client_, *engine_, clock_);
  endpoints_ = std::make_unique<EndpointWatch>(*client_, clock_);
  backups_ = std::make_unique<Backups>(
      options_.state, clock_,
      std::make_unique<BackupChild>(options_.program, options_.state, options_.config));
  assign_watches();
  alarms_ = std::make_unique<Alarms>(
      Alarms::Parts{options_.state, clock_, loop_, *client_,
                    [this](const std::string& strategy) { return bots_of(strategy); }},
      settings);
  alarm_commands_.emplace(*alarms_, clock_);
  snapshots_.emplace(backup::snapshot_folder(options_.state), *engine_, alarms_->store());
  facts_ = std::make_unique<SystemFacts>(SystemFacts::Parts{*engine_, configuration_, *observer_, *scraper_,
                                                            *endpoints_, time_, clock_, *alarms_, *backups_});
  if (auto totals = metrics::load_totals(options_.state + "/agent/totals")) {
    totals_ = std::move(*totals);
  } else {
    facts_->trouble("totals", "counters over earlier runs begin anew: " + totals.error().text());
  }
  dashboard_ = std::make_unique<dashboard::Dashboard>(
      *facts_, [this](std::string_view accept) { return render(accept); }, clock_);
  commands_.emplace(Commands::Actions{
      .status = [this] { return status(); },
      .health = [this] { return facts_->health(); },
      .reload = [this](bool now) { return reload(now); },
      .alarms = [this](
                    std::string_view command,
                    const boost::json::object& request) { return alarm_commands_->answer(command, request); },
      .snapshot = [this](const std::string& id) { return snapshots_->answer(id); },
      .keeper = [this](std::vector<std::string> words) { return ask_keeper(words); },
  });
  auto control = net::ControlServer::open(loop_, clock_, config::control_socket(options_.state),
                                          [this](std::string_view line) { return commands_->answer(line); });
  if (!control) return std::unexpected(control.error());
  control_ = std::move(*control);
  doors_.push_back({"dashboard", settings.dashboard, [this] { return dashboard_->routes(); }, nullptr});
  doors_.push_back({"metrics", settings.metrics, [this] { return dashboard_->metrics_routes(); }, nullptr});
  open_doors();
  assign_alarms();
  return {};
}

/// What the configuration in force wants looked at.
void Agent::assign_watches() {
  const config::Settings& settings = configuration_.settings();
  scraper_->assign(settings);
  endpoints_->assign(settings);
  time_.assign(settings.health.ntp_server);
  backups_->assign(settings);
  shipping_->assign(settings, options_.state);
}

void Agent::assign_alarms() {
  alarms_->assign(configuration_.settings(), doors_[0].url("/dashboard"));
}

void Agent::open_doors() {
  for (Door& door : doors_) {
    if (!door.server && !door.listener.off()) open(door);
  }
}

void Agent::open(Door& door) {
  const bool open_to_all = door.listener.read_only_public;
  auto endpoint = net::parse_endpoint(door.listener.listen);
  Status allowed = endpoint ? net::check_exposure(*endpoint, open_to_all, door.section)
                            : Status(std::unexpected(endpoint.error()));
  auto socket = allowed ? net::listen_tcp(*endpoint, door.section) : std::unexpected(allowed.error());
  if (!socket) {
    facts_->trouble(door.section, socket.error().text());
    return;
  }
  facts_->trouble(door.section, "");
  door.server = std::make_unique<net::HttpServer>(loop_, clock_, std::move(*socket), door.routes(),
                                                  net::HttpServer::Options{.read_only_public = open_to_all});
}

void Agent::schedule() {
  loop_.every(kSecond, [this] { every_second(); });
  scrape();
  loop_.on_signals({SIGTERM, SIGINT}, [this](int) { loop_.stop(); });
  loop_.on_signals({SIGHUP}, [this](int) {
    if (const auto done = reload(false); !done) log::warning("reload: {}", done.error().text());
  });
}

/// One timer for all that is not urgent: an idle agent costs what its wake-ups cost, its own and the
/// keeper's.
void Agent::every_second() {
  const MonoNs now = clock_.mono();
  if (now >= pat_at_) {
    notifier_.watchdog();
    pat_at_ = now + notifier_.watchdog_ns() / 3;
  }
  engine_->look();
  observer_->look();
  facts_->trouble("log_counts", observer_->log_trouble());
  endpoints_->look();
  time_.look();
  backups_->look();
  backups_->take_shipped(shipping_->facts());
  facts_->trouble("backups", backups_->trouble());
  look_for_alarms();
  if (totals_unsaved_) save_totals();
  dashboard_->publish();
  if (now < tidy_at_) return;
  tidy_at_ = now + kTidyEvery;
  open_doors();
  configuration_.look();
}

/// Not before all is read: what is missing is no sign that an alarm is over.
void Agent::look_for_alarms() {
  if (engine_->facts().caught_up) {
    collect();
    alarms_->turn(collector_.registry());
  }
  for (auto& [about, trouble] : alarms_->troubles()) facts_->trouble(about, std::move(trouble));
}

std::vector<std::string> Agent::bots_of(const std::string& strategy) const {
  std::vector<std::string> bots;
  engine_->read([&](const state::Model& model) {
    for (const auto& [id, entry] : model.profits.rows()) {
      if (entry.row.strategy == strategy && std::ranges::find(bots, entry.row.bot) == bots.end())
        bots.push_back(entry.row.bot);
    }
  });
  return bots;
}

void Agent::collect() {
  metrics::Sources sources = facts_->sources();
  count_requests(sources);
  engine_->read([&](const state::Model& model) { collector_.collect(sources, model); });
}

/// Scrapes what is due and comes back when the next is; nothing wakes the loop while no bot is scraped.
void Agent::scrape() {
  const auto next = scraper_->turn();
  scraping_ = next.has_value();
  if (next) loop_.after(*next, [this] { scrape(); });
}

Result<dashboard::Exposition> Agent::render(std::string_view accept) {
  // A counter would seem to fall until all is read that the agent before this one had shown.
  if (!engine_->facts().caught_up) return fail(Code::unavailable, "the journals are still being read");
  const metrics::Format format = metrics::negotiate(accept);
  collect();
  save_totals();  // before they are shown: a counter that was seen never falls, whatever ends this process
  dashboard::Exposition exposition{std::string(metrics::content_type(format)), {}};
  collector_.render(format, exposition.text);
  return exposition;
}

void Agent::save_totals() {
  const Status saved = metrics::save_totals(options_.state + "/agent/totals", totals_);
  facts_->trouble("totals", saved ? "" : saved.error().text());
  totals_unsaved_ = !saved;
}

void Agent::count_requests(metrics::Sources& sources) const {
  for (const Door& door : doors_) {
    if (!door.server) continue;
    const net::HttpServer& server = *door.server;
    sources.listeners.push_back({door.section, server.requests(), server.bad_requests(),
                                 server.handler_failures(), server.turned_away()});
  }
}

std::string Agent::status() {
  StatusInputs inputs{.configuration = configuration_};
  inputs.agent_uptime_ns = clock_.mono() - started_;
  engine_->read([&](const state::Model& model) {
    if (const state::Keeper* keeper = model.keeper()) {
      inputs.keeper_pid = keeper->pid;
      inputs.keeper_version = keeper->version;
    }
  });
  inputs.notices = facts_->troubles();
  if (const std::string notice = engine_->facts().notice; !notice.empty()) inputs.notices.push_back(notice);
  inputs.dashboard_url = doors_[0].url("/dashboard");
  inputs.metrics_url = doors_[1].url("/metrics");
  return status_json(facts_->overview(), inputs);
}

Result<std::string> Agent::reload(bool now) {
  const config::Settings before = configuration_.settings();
  auto installed = configuration_.reload(options_.program);
  if (!installed) return std::unexpected(installed.error());
  assign_watches();
  assign_alarms();
  if (!scraping_) scrape();
  if (auto told = ask_keeper({"reload"}); !told) {
    return fail(told.error(), "the configuration is saved, but the keeper does not take it");
  }
  if (now) {
    add_staged(installed->changed);
    for (const std::string& bot : installed->changed) {
      if (auto told = ask_keeper({"restart", bot}); !told)
        return fail(told.error(), "{} was not restarted", bot);
    }
  }
  if (needs_new_agent(before, configuration_.settings())) {
    loop_.after(200 * kMillisecond, [this] { become_new_agent(); });  // after the answer went out
  }
  return reload_json(*installed);
}

/// Bots that an earlier reload changed and that still run their old definition.
void Agent::add_staged(std::vector<std::string>& changed) const {
  engine_->read([&](const state::Model& model) {
    for (const auto& [id, entry] : model.bots.rows()) {
      const state::Bot& bot = entry.row;
      const bool waits = bot.staged && !bot.removed && bot.pid != 0 && bot.name != journal::kAgent;
      if (waits && std::ranges::find(changed, bot.name) == changed.end()) changed.push_back(bot.name);
    }
  });
}

/// The same process, begun anew with the new settings: to the keeper nothing happened.
void Agent::become_new_agent() {
  shipping_.reset();
  alarms_.reset();
  engine_->stop();
  const char* const args[] = {
      options_.program.c_str(), "agent", "--state", options_.state.c_str(), "--config",
      options_.config.c_str(),  nullptr};
  ::execv(options_.program.c_str(), const_cast<char* const*>(args));
  log::error("cannot start {} anew: errno {}", options_.program, errno);
  loop_.stop();  // the keeper starts the next one
}

Status Agent::ask_keeper(const std::vector<std::string>& words) {
  auto client = keeper::Client::connect(options_.state, kKeeperPatience);
  if (!client) return std::unexpected(client.error());
  auto answer = client->request(words, kKeeperPatience);
  return answer ? Status{} : std::unexpected(answer.error());
}

}  // namespace

int run(const Options& options) {
  log::configure("agent", log::Level::info);
  ::mallopt(M_ARENA_MAX, 1);  // few threads that allocate little: an arena each would only hold memory
  raise_descriptor_limit();
  config::adopt_variables_of_parent("AWS_");  // credentials of [objects], for us and the backups we start
  auto configuration = Configuration::load(options.state, options.config);
  if (!configuration) {
    log::error("{}", configuration.error().text());
    return 1;
  }
  return Agent(options, std::move(*configuration)).run();
}

}  // namespace steward::agent
