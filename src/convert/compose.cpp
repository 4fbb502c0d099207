#include "convert/compose.hpp"

#include <algorithm>
#include <charconv>

#include "base/units.hpp"
#include "convert/compose_text.hpp"
#include "convert/shell_words.hpp"
#include "convert/yaml.hpp"
#include "os/files.hpp"

namespace steward::convert {

namespace {

using Node = YamlDocument::Node;

constexpr std::string_view kOnHost = "the bot runs on this machine, not in a container";

/// Turns one service into one bot.
class ServiceReader {
 public:
  ServiceReader(const Node::Member& service, const std::string& file, const Machine& machine)
      : service_(service), file_(file), machine_(machine), remarks_(out_.remarks, file) {
    out_.origin = fmt::format("{}: service {}", file, service.key);
    out_.bot.spec.name = bot_name(service.key);
  }

  /// No command: the bot is none.
  ForeignBot read();

 private:
  using Member = Node::Member;
  using Take = void (ServiceReader::*)(const Member&);
  struct Mapped {
    std::string_view key;
    Take take;
  };
  static const Mapped kMapped[];

  template <class... Args>
  void lost(const Member& m, fmt::format_string<Args...> text, Args&&... args) {
    remarks_.lost(m.line, "{}: {}", m.key, fmt::format(text, std::forward<Args>(args)...));
  }
  template <class... Args>
  void note(const Member& m, fmt::format_string<Args...> text, Args&&... args) {
    remarks_.note(m.line, "{}: {}", m.key, fmt::format(text, std::forward<Args>(args)...));
  }

  void words(const Member& m);
  void environment(const Member& m);
  void variable(int line, const std::string& name, const std::optional<std::string>& text);
  void env_file(const Member& m);
  void restart(const Member& m);
  void deploy(const Member& m);
  void restart_policy(const Member& m);
  void depends_on(const Member& m);
  void working_dir(const Member& m) { working_dir_ = m; }
  void user(const Member& m);
  void memory(const Member& m);
  void stop_grace(const Member& m);
  void stop_signal(const Member& m);
  void logging(const Member& m);
  void ulimits(const Member& m);
  void image(const Member& m) { lost(m, "{}; install here what the image brings", kOnHost); }
  void ports(const Member& m) { lost(m, "the bot listens on the machine itself; {}", kOnHost); }
  void volumes(const Member& m);
  void health(const Member& m) {
    lost(m, "let the bot send READY=1 and WATCHDOG=1 (`watchdog`), which restarts it when it hangs");
  }
  void covered(const Member& m) { note(m, "Steward does so"); }

  void finish_command();
  void finish_working_dir();
  std::optional<std::int64_t> time_of(const Member& m, const Node& value);
  std::string host_path(const std::string& path) const;

  const Member& service_;
  const std::string& file_;
  const Machine& machine_;
  ForeignBot out_;
  Remarks remarks_;
  std::vector<std::string> entrypoint_, command_;
  int command_line_ = 0;
  std::optional<Member> working_dir_;
  std::vector<std::pair<std::string, std::string>> mounts_;  ///< folder in the container, folder here
};

const ServiceReader::Mapped ServiceReader::kMapped[] = {
    {"command", &ServiceReader::words},
    {"entrypoint", &ServiceReader::words},
    {"environment", &ServiceReader::environment},
    {"env_file", &ServiceReader::env_file},
    {"restart", &ServiceReader::restart},
    {"deploy", &ServiceReader::deploy},
    {"depends_on", &ServiceReader::depends_on},
    {"working_dir", &ServiceReader::working_dir},
    {"user", &ServiceReader::user},
    {"mem_limit", &ServiceReader::memory},
    {"stop_grace_period", &ServiceReader::stop_grace},
    {"stop_signal", &ServiceReader::stop_signal},
    {"logging", &ServiceReader::logging},
    {"ulimits", &ServiceReader::ulimits},
    {"image", &ServiceReader::image},
    {"build", &ServiceReader::image},
    {"ports", &ServiceReader::ports},
    {"expose", &ServiceReader::ports},
    {"volumes", &ServiceReader::volumes},
    {"healthcheck", &ServiceReader::health},
    {"init", &ServiceReader::covered},
    {"container_name", &ServiceReader::covered},
};

ForeignBot ServiceReader::read() {
  auto& spec = out_.bot.spec;
  spec.restart = keeper::Restart::never;
  spec.restart_delay = 100 * kMillisecond;  // Docker's, doubled up to a minute
  spec.restart_delay_max = config::kMinute;
  spec.stop_timeout = 10 * kSecond;
  for (const Member& member : service_.value.members()) {
    if (member.key.starts_with("x-")) continue;
    const auto mapped = std::ranges::find(kMapped, member.key, &Mapped::key);
    if (mapped == std::end(kMapped)) {
      lost(member, "Steward has no equivalent");
    } else {
      (this->*mapped->take)(member);
    }
  }
  finish_command();
  finish_working_dir();
  return std::move(out_);
}

void ServiceReader::words(const Member& m) {
  auto& into = m.key == "command" ? command_ : entrypoint_;
  command_line_ = m.line;
  for (const Node& item : m.value.items()) into.push_back(item.text());
  if (!m.value.is_scalar() || m.value.is_null()) return;
  auto split = split_shell_words(m.value.text());
  if (split) {
    into = std::move(*split);
  } else {
    lost(m, "{}", split.error().message());
  }
}

void ServiceReader::environment(const Member& m) {
  for (const Node& item : m.value.items()) {
    const std::string text = item.text();
    const auto equals = text.find('=');
    variable(item.line(), text.substr(0, equals),
             equals == std::string::npos ? std::nullopt : std::optional(text.substr(equals + 1)));
  }
  for (const Member& member : m.value.members())
    variable(member.line, member.key,
             member.value.is_null() ? std::nullopt : std::optional(member.value.text()));
}

void ServiceReader::variable(int line, const std::string& name, const std::optional<std::string>& text) {
  if (!text)
    return remarks_.lost(line, "environment {}: its value comes from the shell; put it into an env_file",
                         name);
  const Interpolated found = interpolate(*text);
  if (found.unknown.empty()) return set_variable(out_, remarks_, line, name, found.text);
  remarks_.lost(line, "environment {}: ${{{}}} is not known here; put {} into an env_file", name,
                found.unknown, name);
}

void ServiceReader::env_file(const Member& m) {
  std::vector<std::pair<Node, bool>> files;  // and whether it has to be there
  const auto add = [&](const Node& node) {
    if (node.is_scalar()) files.emplace_back(node, true);
    if (node.is_map()) files.emplace_back(node["path"], node["required"].text() != "false");
  };
  add(m.value);
  for (const Node& item : m.value.items()) add(item);
  auto& env_file = out_.bot.spec.env_file;
  for (const auto& [node, required] : files) {
    const std::string path = beside(file_, interpolate(node.text()).text);
    if (!required && !machine_.text(path)) {
      note(m, "{} cannot be read now, so it is left out", path);
      continue;
    }
    if (!env_file.empty()) lost(m, "a bot has one env_file; put the lines of {} into {}", env_file, path);
    env_file = path;
  }
}

void ServiceReader::restart(const Member& m) {
  using keeper::Restart;
  const std::string value = m.value.text();
  auto& spec = out_.bot.spec;
  if (value == "always") {
    spec.restart = Restart::always;
  } else if (value == "unless-stopped") {
    spec.restart = Restart::always;
  } else if (value.starts_with("on-failure")) {
    spec.restart = Restart::on_failure;
    if (value != "on-failure") lost(m, "{}: Steward does not give up after some restarts", value);
  } else if (value != "no" && value != "false") {
    lost(m, "expected no, always, on-failure or unless-stopped");
  }
}

void ServiceReader::deploy(const Member& m) {
  for (const Member& member : m.value.members()) {
    if (member.key == "restart_policy") {
      restart_policy(member);
    } else if (member.key == "resources") {
      for (const Member& kind : member.value.members()) {
        for (const Member& limit : kind.value.members()) {
          if (kind.key == "limits" && limit.key == "memory")
            memory(limit);
          else
            remarks_.lost(limit.line,
                          "deploy resources {} {}: of the limits there are memory_max and files_max",
                          kind.key, limit.key);
        }
      }
    } else if (member.key == "replicas" && member.value.text() == "1") {
      note(member, "one bot");
    } else {
      remarks_.lost(member.line, "deploy {}: Steward has no equivalent", member.key);
    }
  }
}

void ServiceReader::restart_policy(const Member& m) {
  using keeper::Restart;
  auto& spec = out_.bot.spec;
  spec.restart = Restart::always;
  for (const Member& member : m.value.members()) {
    const std::string value = member.value.text();
    if (member.key == "condition") {
      spec.restart = value == "none"         ? Restart::never
                     : value == "on-failure" ? Restart::on_failure
                                             : Restart::always;
    } else if (member.key == "delay") {
      if (const auto time = time_of(member, member.value)) {
        spec.restart_delay = *time;
        spec.restart_delay_max = std::max(*time, spec.restart_delay_max);
      }
    } else {
      lost(member, "Steward goes on trying, and says that the bot is struggling (`budget`)");
    }
  }
}

void ServiceReader::depends_on(const Member& m) {
  auto& after = out_.bot.spec.after;
  for (const Node& item : m.value.items()) after.push_back(bot_name(item.text()));
  for (const Member& member : m.value.members()) {
    after.push_back(bot_name(member.key));
    const std::string condition = member.value["condition"].text();
    if (condition == "service_completed_successfully")
      remarks_.lost(member.line,
                    "depends_on {}: {}: it is waited for until it is ready, not until it has ended",
                    member.key, condition);
  }
  std::ranges::sort(after);
  const auto twice = std::ranges::unique(after);
  after.erase(twice.begin(), twice.end());
}

void ServiceReader::user(const Member& m) {
  const std::string value = interpolate(m.value.text()).text;
  const std::string name = value.substr(0, value.find(':'));
  const bool number = !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
  if (number) return lost(m, "{}: the number is one of the container's; name a user of this machine", value);
  out_.bot.user = name;
  if (name != value) lost(m, "{}: a bot has the groups of its user", value);
}

void ServiceReader::memory(const Member& m) {
  const auto bytes = compose_bytes(interpolate(m.value.text()).text);
  if (!bytes) return lost(m, "expected a size such as 512m, found \"{}\"", m.value.text());
  out_.bot.spec.memory_max = *bytes;
}

std::optional<std::int64_t> ServiceReader::time_of(const Member& m, const Node& value) {
  const auto time = parse_duration(value.text());
  if (time) return *time;
  lost(m, "{}", time.error().message());
  return std::nullopt;
}

void ServiceReader::stop_grace(const Member& m) {
  if (const auto time = time_of(m, m.value)) out_.bot.spec.stop_timeout = *time;
}

void ServiceReader::stop_signal(const Member& m) {
  const std::string value = m.value.text();
  if (value != "SIGTERM" && value != "15")
    lost(m, "{}: Steward stops a bot with SIGTERM; let the bot handle that as it does {}", value, value);
}

void ServiceReader::logging(const Member& m) {
  const Node options = m.value["options"];
  if (const Node size = options["max-size"]) {
    const auto bytes = compose_bytes(size.text());
    if (bytes && *bytes >= 4096)
      out_.bot.spec.log_max = *bytes;
    else
      lost(m, "max-size: expected a size such as 10m, found \"{}\"", size.text());
  }
  if (const Node files = options["max-file"]) {
    const std::string text = files.text();
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    // Docker counts the file that is written, Steward the old ones.
    if (error == std::errc{} && end == text.data() + text.size() && count >= 1 && count <= 1000)
      out_.bot.spec.log_files = count - 1;
    else
      lost(m, "max-file: expected a number from 1 to 1000, found \"{}\"", text);
  }
  note(m, "standard output and error are in `steward logs {}`", out_.bot.name());
}

void ServiceReader::ulimits(const Member& m) {
  for (const Member& member : m.value.members()) {
    const std::string text = member.value.is_map() ? member.value["soft"].text() : member.value.text();
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const bool good =
        error == std::errc{} && end == text.data() + text.size() && count >= 0 && count <= 1'048'576;
    if (member.key == "nofile" && good)
      out_.bot.spec.files_max = count;
    else
      remarks_.lost(member.line, "ulimits {}: of the limits there are memory_max and files_max", member.key);
  }
}

void ServiceReader::volumes(const Member& m) {
  lost(m, "{} and sees its files as they lie", kOnHost);
  for (const Node& item : m.value.items()) {
    const std::string text =
        interpolate(item.is_map() ? item["source"].text() + ":" + item["target"].text() : item.text()).text;
    const auto colon = text.find(':');
    if (colon == std::string::npos) continue;
    const std::string here = text.substr(0, colon);
    std::string there = text.substr(colon + 1);
    there = there.substr(0, there.find(':'));
    while (there.size() > 1 && there.ends_with('/')) there.pop_back();
    if (here.starts_with('/') || here.starts_with('.')) mounts_.emplace_back(there, beside(file_, here));
  }
}

/// A path of the container where it lies here, empty when no volume says so.
std::string ServiceReader::host_path(const std::string& path) const {
  for (const auto& [there, here] : mounts_) {
    if (path == there) return here;
    if (there != "/" && path.starts_with(there + "/")) return here + path.substr(there.size());
  }
  return {};
}

void ServiceReader::finish_command() {
  auto& args = out_.bot.spec.args;
  args = entrypoint_;
  args.insert(args.end(), command_.begin(), command_.end());
  std::string unknown;
  std::string script = "exec";
  for (std::string& word : args) {
    Interpolated found = interpolate(word);
    script += " " + (found.unknown.empty() ? shell_quoted(found.text) : "\"" + found.script + "\"");
    if (!found.unknown.empty()) unknown = found.unknown;
    word = std::move(found.text);
  }
  if (unknown.empty()) return;
  args = {"sh", "-c", script};
  remarks_.lost(command_line_, "command: put {} into an env_file; compose had it from its own environment",
                unknown);
}

void ServiceReader::finish_working_dir() {
  auto& folder = out_.bot.spec.working_dir;
  folder = beside(file_, ".");
  if (!working_dir_)
    return remarks_.note(service_.line, "working_dir: the image said it; here it is the folder of {}", file_);
  const std::string path = interpolate(working_dir_->value.text()).text;
  const std::string here = host_path(path);
  if (!here.empty()) {
    folder = here;
  } else if (path.starts_with('/') && machine_.is_folder(path)) {
    folder = path;
  } else {
    lost(*working_dir_, "{} is a folder of the container; here it is {}", path, folder);
  }
}

void remark_top(const Node::Member& member, Remarks& remarks) {
  if (member.key == "services" || member.key == "version" || member.key == "name" ||
      member.key.starts_with("x-"))
    return;
  remarks.lost(member.line, "{}: {}", member.key, kOnHost);
}

}  // namespace

Result<Converted> from_compose(std::string_view text, const std::string& file, const Machine& machine) {
  const auto document = YamlDocument::parse(text, file);
  if (!document) return std::unexpected(document.error());
  const Node services = document->root()["services"];
  if (!services.is_map())
    return fail(Code::invalid, "{}:{}: expected a compose file with a map of \"services\"", file,
                std::max(1, services.line()));
  Converted out;
  Remarks remarks(out.remarks, file);
  for (const auto& member : document->root().members()) remark_top(member, remarks);
  for (const auto& service : services.members()) {
    if (out.bots.size() >= config::kMostBots)
      return fail(Code::invalid, "{}:{}: more than the {} services that Steward keeps", file, service.line,
                  config::kMostBots);
    ForeignBot bot = ServiceReader(service, file, machine).read();
    if (!bot.bot.spec.args.empty() && !bot.bot.spec.args[0].empty()) {
      out.bots.push_back(std::move(bot));
    } else {
      remarks.lost(service.line,
                   "service {} has no command here (its image has one): run it as before, or write a [[bot]] "
                   "with the command",
                   service.key);
    }
  }
  return out;
}

}  // namespace steward::convert
