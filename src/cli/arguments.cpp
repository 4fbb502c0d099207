// The command line. The one file that includes CLI11.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "cli/command.hpp"
#include "cli/run.hpp"
#include "cli/terminal.hpp"

namespace steward::cli {

namespace {

constexpr const char* kFooter =
    "Exit status: 0 done, 1 could not be done or is unhealthy (stderr says why in one sentence), 2 the command line is not\n"
    "understood, 3 nothing runs on this state folder. `steward COMMAND --help` has examples.";

void add(CLI::App& app, Arg arg, Options& o) {
  switch (arg) {
    case Arg::config:
      app.add_option("-c,--config", o.config, "the configuration (default: ./steward.toml, then /etc/steward/steward.toml)")->type_name("FILE");
      return;
    case Arg::state: app.add_option("--state", o.state, "the state folder (default: the configuration's)")->type_name("DIR"); return;
    case Arg::json: app.add_flag("--json", o.json, "print JSON, for scripts"); return;
    case Arg::watch: app.add_flag("-w,--watch", o.watch, "print it again every second"); return;
    case Arg::now: app.add_flag("--now", o.now, "restart the changed bots at once"); return;
    case Arg::no_wait: app.add_flag("--no-wait", o.no_wait, "return when it is accepted"); return;
    case Arg::timeout: app.add_option("--timeout", o.timeout, "how long to wait, such as 30s")->type_name("TIME"); return;
    case Arg::bot: app.add_option("NAME", o.name, "the bot")->required()->type_name(""); return;
    case Arg::bot_or_all: app.add_option("NAME", o.name, "the bot (default: all)")->type_name(""); return;
    case Arg::reason: app.add_option("--reason", o.reason, "why; shown by status and given to the bot")->type_name("TEXT"); return;
    case Arg::follow: app.add_flag("-f,--follow", o.follow, "go on as it writes"); return;
    case Arg::since: app.add_option("--since", o.since, "only newer lines: 10m, 2h, or a time such as 2026-11-22T13:00")->type_name("TIME"); return;
    case Arg::lines: app.add_option("-n,--lines", o.lines, "the last N lines (default 100, all with --since)")->type_name("N")->check(CLI::NonNegativeNumber); return;
    case Arg::url: app.add_option("URL", o.target, "what to ask (default: the configured dashboard's /health)")->type_name(""); return;
    case Arg::file: app.add_option("FILE", o.target, "the file to write (default: ./steward.toml)")->type_name(""); return;
    case Arg::shell: app.add_option("SHELL", o.target, "bash, zsh or fish")->required()->type_name(""); return;
  }
}

void add_agent(CLI::App& app, AgentOptions& options, int& status, const Parts& parts) {
  CLI::App* agent = app.add_subcommand("agent", "the agent, as the keeper starts it")->group("");
  agent->add_option("--state", options.state)->required();
  agent->add_option("--config", options.config)->required();
  agent->callback([&options, &status, &parts] {
    options.program = own_path();
    status = parts.agent(options);
  });
}

/// One sentence for a command line that is not understood, in place of CLI11's paragraphs.
int misunderstood(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  const std::string command = chosen.empty() ? "steward" : "steward " + chosen.front()->get_name();
  std::string why = error.what();
  std::ranges::replace(why, '\n', ' ');
  std::cerr << command << ": " << why << "; see `" << command << " --help`\n";
  return kUsage;
}

}  // namespace

int run(int argc, char** argv, const Parts& parts) {
  CLI::App app("Steward keeps a trading system running: bots, their orders and profit, alarms.", "steward");
  app.require_subcommand(0, 1);
  app.footer(kFooter);
  app.set_version_flag("--version", "steward " STEWARD_VERSION);
  Options options;
  AgentOptions agent_options;
  int status = kDone;
  for (const Command& command : commands()) {
    CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.summary))->group(std::string(command.group));
    sub->footer("\n" + std::string(command.help));
    for (const Arg arg : command.args) add(*sub, arg, options);
    sub->callback([&options, &status, &command] { status = command.run(options); });
  }
  if (parts.agent != nullptr) add_agent(app, agent_options, status, parts);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return misunderstood(app, error);
  }
  if (app.get_subcommands().empty()) {
    std::cout << app.help();
    return kUsage;
  }
  return status;
}

}  // namespace steward::cli
