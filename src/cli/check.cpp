// steward check
#include "alerts/rule_set.hpp"
#include "base/json_writer.hpp"
#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "config/settings.hpp"
#include "os/files.hpp"

namespace steward::cli {

namespace {

int print_json(const std::string& file, const config::Problems& problems) {
  const bool ok = !config::any_error(problems);
  JsonWriter out;
  out.object().field("ok", ok).field("file", file).array("problems");
  for (const config::Problem& problem : problems) {
    out.object()
        .field("line", problem.line)
        .field("severity", problem.warning ? "warning" : "error")
        .field("text", problem.text)
        .end();
  }
  print(out.end().end().take() + "\n");
  return ok ? kDone : kFailed;
}

int print_sentences(const std::string& file, const config::Parsed& parsed) {
  std::size_t errors = 0;
  for (const config::Problem& problem : parsed.problems) {
    errors += problem.warning ? 0 : 1;
    remark(problem.sentence());
  }
  if (errors > 0) {
    remark(fmt::format("{} {} in {}", errors, errors == 1 ? "mistake" : "mistakes", file));
    return kFailed;
  }
  const std::size_t bots = parsed.settings.bots.size();
  print(fmt::format("{} is right: {} {}\n", file, bots, bots == 1 ? "bot" : "bots"));
  return kDone;
}

}  // namespace

int run_check(const Options& options) {
  const auto file = config::find_config(options.config);
  if (!file) return give_up(file.error());
  const auto text = read_file(*file, config::kLargestFile);
  if (!text) return give_up(text.error());
  config::Parsed parsed = config::parse(*text, *file);
  if (!config::any_error(parsed.problems)) {
    for (const config::Check check :
         {config::Check(config::check_host), config::Check(alerts::check_rules)}) {
      const auto found = check(parsed.settings);
      parsed.problems.insert(parsed.problems.end(), found.begin(), found.end());
    }
    config::sort_by_line(parsed.problems);
  }
  return options.json ? print_json(*file, parsed.problems) : print_sentences(*file, parsed);
}

}  // namespace steward::cli
