#include "config/alert_life.hpp"

#include <algorithm>

#include "config/endpoint.hpp"
#include "config/table_reader.hpp"

namespace steward::config {

namespace {

constexpr std::size_t kMostInhibits = 100;
constexpr std::size_t kMostArguments = 100;

AlertInhibit read_inhibit(const Node::Table* members, int line, Reading& reading) {
  AlertInhibit out;
  out.line = line;
  TableReader table(members, "[[alert.inhibit]]", "alert.inhibit", reading);
  const std::size_t before = reading.problems.size();
  const bool source = table.text("source", out.source) > 0;
  const bool target = table.text("target", out.target) > 0;
  table.texts("equal", out.equal);
  table.finish();
  if (members != nullptr && (!source || !target) && reading.problems.size() == before)
    reading.problem(line, "an inhibition needs source and target, such as source = 'rule=\"keeper-away\"'");
  return out;
}

void read_deadman(TableReader& alert, AlertLife& out, Reading& reading) {
  const int url = alert.text("deadman_url", out.deadman_url);
  const int file = alert.path("deadman_url_file", out.deadman_place.file);
  const int variable = alert.text("deadman_url_env", out.deadman_place.variable);
  out.deadman_place.line = std::max(file, variable);
  const int given = (url > 0 ? 1 : 0) + (file > 0 ? 1 : 0) + (variable > 0 ? 1 : 0);
  if (given > 1)
    reading.problem(std::max({url, file, variable}),
                    "deadman_url, deadman_url_file and deadman_url_env all say where to ask; leave one");
  if (url > 0) {
    if (const std::string fault = url_fault(out.deadman_url); !fault.empty())
      reading.problem(url, "{}", fault);
  }
  const int interval = alert.duration("deadman_interval", out.deadman_interval, kSecond);
  if (interval > 0 && given == 0)
    reading.problem(interval,
                    "deadman_interval needs deadman_url (or deadman_url_file), which is asked so often");
}

}  // namespace

void read_alert_life(TableReader& alert, AlertLife& out, Reading& reading) {
  read_deadman(alert, out, reading);
  const int dead = alert.texts("on_agent_dead", out.on_agent_dead);
  if (dead > 0 && (out.on_agent_dead.empty() || out.on_agent_dead[0].empty()))
    reading.problem(
        dead, "on_agent_dead must name a program, such as [\"/usr/local/bin/page\", \"Steward is dead\"]");
  if (out.on_agent_dead.size() > kMostArguments)
    reading.problem(dead, "on_agent_dead has more than {} arguments", kMostArguments);
  for (const Node* item : alert.tables("inhibit", kMostInhibits))
    out.inhibits.push_back(read_inhibit(&std::get<Node::Table>(item->value), item->line, reading));
}

void know_alert_life(Reading& reading) {
  read_inhibit(nullptr, 0, reading);
}

}  // namespace steward::config
