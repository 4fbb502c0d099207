#include "convert/supervisord.hpp"

#include <algorithm>
#include <map>

#include "convert/ini_file.hpp"
#include "convert/shell_words.hpp"
#include "convert/supervisord_text.hpp"
#include "os/files.hpp"

namespace steward::convert {

namespace {

constexpr std::int64_t kUsualPriority = 999;
constexpr std::string_view kProgram = "program:";

/// Turns one process of one [program:x] into a bot.
class ProgramReader {
 public:
  ProgramReader(const IniSection& section, const IniSection* daemon, const std::string& file,
                Expansions known)
      : section_(section),
        daemon_(daemon),
        file_(file),
        known_(std::move(known)),
        remarks_(out_.remarks, file) {}

  ForeignBot read();

 private:
  using Take = void (ProgramReader::*)(const IniOption&);
  struct Mapped {
    std::string_view key;
    Take take;
  };
  static const Mapped kMapped[];

  template <class... Args>
  void lost(const IniOption& o, fmt::format_string<Args...> text, Args&&... args) {
    remarks_.lost(o.line, "{}={}: {}", o.key, clipped(o.value),
                  fmt::format(text, std::forward<Args>(args)...));
  }
  template <class... Args>
  void note(const IniOption& o, fmt::format_string<Args...> text, Args&&... args) {
    remarks_.note(o.line, "{}={}: {}", o.key, clipped(o.value),
                  fmt::format(text, std::forward<Args>(args)...));
  }

  /// The value with its %(…)s; nothing, and a remark, when one is not known.
  std::optional<std::string> value(const IniOption& o);
  void variables(const IniOption& o);
  void command(const IniOption& o);
  void directory(const IniOption& o);
  void user(const IniOption& o) { out_.bot.user = o.value; }
  void restart(const IniOption& o);
  void exit_codes(const IniOption& o);
  void retries(const IniOption& o);
  void ready_after(const IniOption& o);
  void stop_signal(const IniOption& o);
  void stop_wait(const IniOption& o);
  void log_file(const IniOption& o);
  void log_bytes(const IniOption& o);
  void log_backups(const IniOption& o);
  void auto_start(const IniOption& o);
  void covered(const IniOption& o) { note(o, "Steward does so"); }
  void counted(const IniOption&) {}  // by from_supervisord()

  const IniSection& section_;
  const IniSection* daemon_;
  const std::string& file_;
  Expansions known_;
  ForeignBot out_;
  Remarks remarks_;
};

const ProgramReader::Mapped ProgramReader::kMapped[] = {
    {"command", &ProgramReader::command},
    {"environment", &ProgramReader::variables},
    {"directory", &ProgramReader::directory},
    {"user", &ProgramReader::user},
    {"autorestart", &ProgramReader::restart},
    {"exitcodes", &ProgramReader::exit_codes},
    {"startretries", &ProgramReader::retries},
    {"startsecs", &ProgramReader::ready_after},
    {"stopsignal", &ProgramReader::stop_signal},
    {"stopwaitsecs", &ProgramReader::stop_wait},
    {"stdout_logfile", &ProgramReader::log_file},
    {"stderr_logfile", &ProgramReader::log_file},
    {"stdout_logfile_maxbytes", &ProgramReader::log_bytes},
    {"stdout_logfile_backups", &ProgramReader::log_backups},
    {"autostart", &ProgramReader::auto_start},
    {"redirect_stderr", &ProgramReader::covered},
    {"killasgroup", &ProgramReader::covered},
    {"stopasgroup", &ProgramReader::covered},
    {"process_name", &ProgramReader::counted},
    {"numprocs", &ProgramReader::counted},
    {"numprocs_start", &ProgramReader::counted},
    {"priority", &ProgramReader::counted},
};

ForeignBot ProgramReader::read() {
  keeper::BotSpec& spec = out_.bot.spec;
  out_.origin = fmt::format("{}: [{}]", file_, section_.name);
  // supervisord's defaults
  spec.restart = keeper::Restart::on_failure;
  spec.restart_delay = kSecond;
  spec.stop_timeout = 10 * kSecond;
  spec.working_dir = "/";
  if (daemon_ != nullptr) {
    if (const IniOption* shared = daemon_->find("environment")) variables(*shared);
    if (const IniOption* shared = daemon_->find("user")) user(*shared);
  }
  for (const IniOption& option : section_.options) {
    const auto mapped = std::ranges::find(kMapped, option.key, &Mapped::key);
    if (mapped == std::end(kMapped)) {
      lost(option, "Steward has no equivalent");
    } else {
      (this->*mapped->take)(option);
    }
  }
  return std::move(out_);
}

std::optional<std::string> ProgramReader::value(const IniOption& o) {
  Expanded expanded = expand(o.value, known_);
  if (expanded.unknown.empty()) return std::move(expanded.text);
  lost(o, "%({})s is not known here; write the value, or put secrets into an env_file", expanded.unknown);
  return std::nullopt;
}

void ProgramReader::variables(const IniOption& o) {
  const auto pairs = parse_environment(o.value);
  if (!pairs) return remarks_.lost(o.line, "environment: {}", pairs.error().message());
  for (const auto& [name, raw] : *pairs) {
    Expanded expanded = expand(raw, known_);
    if (expanded.unknown.empty()) {
      set_variable(out_, remarks_, o.line, name, expanded.text);
      known_["ENV_" + name] = expanded.text;
    } else {
      remarks_.lost(o.line, "environment {}: %({})s is not known here; put {} into an env_file", name,
                    expanded.unknown, name);
    }
  }
}

void ProgramReader::command(const IniOption& o) {
  const Expanded expanded = expand(o.value, known_);
  auto words = split_shell_words(expanded.text);
  auto& args = out_.bot.spec.args;
  if (!words || words->empty()) return lost(o, "{}", words ? "it names no program" : words.error().message());
  args = std::move(*words);
  if (expanded.unknown.empty()) return;
  if (expanded.from_environment.empty())
    return lost(o, "%({})s is not known here; write it yourself", expanded.unknown);
  std::string script = "exec";
  for (const std::string& word : args) {
    std::string quoted = escape_literal(word);
    const std::string literal = quoted;
    for (const std::string& name : expanded.from_environment) {
      const std::string escaped = "\\${" + name + "}";
      for (auto at = quoted.find(escaped); at != std::string::npos; at = quoted.find(escaped, at))
        quoted.erase(at, 1);
    }
    script += quoted == literal ? " " + shell_quoted(word) : " \"" + quoted + "\"";
  }
  args = {"sh", "-c", script};
  lost(o, "put {} into environment or an env_file: supervisord's own environment had it",
       expanded.from_environment.front());
}

void ProgramReader::directory(const IniOption& o) {
  if (const auto path = value(o))
    out_.bot.spec.working_dir = path->starts_with('/') ? *path : parent_of(file_) + "/" + *path;
}

void ProgramReader::restart(const IniOption& o) {
  using keeper::Restart;
  auto& restart = out_.bot.spec.restart;
  if (o.value == "unexpected")
    restart = Restart::on_failure;
  else if (o.value == "true")
    restart = Restart::always;
  else if (o.value == "false")
    restart = Restart::never;
  else
    lost(o, "expected true, false or unexpected");
}

void ProgramReader::exit_codes(const IniOption& o) {
  if (o.value != "0") lost(o, "an exit status other than 0 is a failure, 0 is none");
}

void ProgramReader::retries(const IniOption& o) {
  const auto count = number_of(o.value);
  if (!count) return lost(o, "expected a number");
  out_.bot.spec.budget_count = std::clamp<std::int64_t>(*count, 1, 10'000);
  note(o,
       "supervisord gives up beyond it; Steward goes on at its longest delay and says so (\"struggling\")");
}

void ProgramReader::ready_after(const IniOption& o) {
  if (o.value != "1" && o.value != "0") lost(o, "a bot that does not say READY=1 is ready after a second");
}

void ProgramReader::stop_signal(const IniOption& o) {
  if (o.value != "TERM" && o.value != "SIGTERM" && o.value != "15")
    lost(o, "Steward stops a bot with SIGTERM; let the bot handle that as it does SIG{}", o.value);
}

void ProgramReader::stop_wait(const IniOption& o) {
  const auto seconds = number_of(o.value);
  if (!seconds || *seconds > 86'400) return lost(o, "expected seconds, up to a day");
  out_.bot.spec.stop_timeout = *seconds * kSecond;
}

void ProgramReader::log_file(const IniOption& o) {
  const bool own = o.value == "AUTO" || o.value.empty() || o.value.starts_with("/dev/");
  const std::string_view where = "standard output and error are in `steward logs`";
  own ? note(o, "{}", where) : lost(o, "{}, not in a file of their own", where);
}

void ProgramReader::log_bytes(const IniOption& o) {
  const auto bytes = bytes_of(o.value);
  if (!bytes || *bytes < 4096) return lost(o, "a log is rotated at a size, 4 KiB or more");
  out_.bot.spec.log_max = *bytes;
}

void ProgramReader::log_backups(const IniOption& o) {
  const auto count = number_of(o.value);
  if (!count || *count > 1000) return lost(o, "expected a number up to 1000");
  out_.bot.spec.log_files = *count;
}

void ProgramReader::auto_start(const IniOption& o) {
  if (o.value == "false")
    lost(o, "Steward starts every bot; `steward stop {}` once keeps it stopped", known_.at("program_name"));
}

/// Bots wait for those of the next lower priority.
void order_by_priority(std::map<std::int64_t, std::vector<std::string>>& names,
                       const std::map<std::string, std::int64_t>& priorities, Converted& converted) {
  for (ForeignBot& foreign : converted.bots) {
    const auto mine = names.find(priorities.at(foreign.bot.name()));
    if (mine != names.begin()) foreign.bot.spec.after = std::prev(mine)->second;
  }
}

struct Processes {
  std::int64_t first = 0, count = 1;
};

Processes processes_of(const IniSection& section) {
  Processes out;
  if (const IniOption* count = section.find("numprocs")) out.count = number_of(count->value).value_or(1);
  if (const IniOption* first = section.find("numprocs_start"))
    out.first = std::min<std::int64_t>(number_of(first->value).value_or(0), 1'000'000);
  return out;
}

void remark_section(const IniSection& section, Remarks& remarks) {
  const std::string_view name = section.name;
  if (name.starts_with("group:")) {
    remarks.lost(section.line, "[{}]: Steward has no groups; `steward stop` and its like take one bot or all",
                 name);
  } else if (name == "include") {
    remarks.lost(section.line, "[include]: give the files it names to --from-supervisord too");
  } else if (name.starts_with("eventlistener:") || name.starts_with("fcgi-program:")) {
    remarks.lost(section.line, "[{}]: Steward has no equivalent", name);
  } else if (name == "supervisord") {
    remarks.note(section.line,
                 "[supervisord]: its environment and user went into each bot; the rest is Steward's own");
  } else {
    remarks.note(section.line, "[{}]: Steward has its own", name);
  }
}

}  // namespace

Result<Converted> from_supervisord(std::string_view text, const std::string& file) {
  const auto sections = parse_ini(text, file);
  if (!sections) return std::unexpected(sections.error());
  const auto found = std::ranges::find(*sections, "supervisord", &IniSection::name);
  const IniSection* daemon = found == sections->end() ? nullptr : &*found;
  Converted out;
  Remarks remarks(out.remarks, file);
  std::map<std::int64_t, std::vector<std::string>> by_priority;
  std::map<std::string, std::int64_t> priorities;
  for (const IniSection& section : *sections) {
    if (!section.name.starts_with(kProgram)) {
      remark_section(section, remarks);
      continue;
    }
    const std::string program = section.name.substr(kProgram.size());
    const Processes processes = processes_of(section);
    const IniOption* priority = section.find("priority");
    const IniOption* named = section.find("process_name");
    for (std::int64_t i = 0; i < processes.count; ++i) {
      if (out.bots.size() >= config::kMostBots)
        return fail(Code::invalid, "{}:{}: more than the {} programs that Steward keeps", file, section.line,
                    config::kMostBots);
      const std::string number = std::to_string(processes.first + i);
      Expansions known{{"program_name", program},
                       {"process_num", number},
                       {"group_name", program},
                       {"numprocs", std::to_string(processes.count)},
                       {"here", parent_of(file)}};
      const std::string usual = processes.count > 1 ? program + "-" + number : program;
      ForeignBot bot = ProgramReader(section, daemon, file, known).read();
      bot.bot.spec.name = bot_name(named == nullptr ? usual : expand(named->value, known).text);
      if (bot.bot.spec.args.empty()) {
        if (section.find("command") == nullptr)
          remarks.lost(section.line, "[{}] has no command", section.name);
        std::ranges::move(bot.remarks, std::back_inserter(out.remarks));
        continue;
      }
      const std::int64_t rank =
          priority == nullptr ? kUsualPriority : number_of(priority->value).value_or(kUsualPriority);
      if (priorities.emplace(bot.bot.name(), rank).second) by_priority[rank].push_back(bot.bot.name());
      out.bots.push_back(std::move(bot));
    }
  }
  order_by_priority(by_priority, priorities, out);
  return out;
}

}  // namespace steward::convert
