#include "config/health.hpp"

#include <algorithm>

#include "config/endpoint.hpp"
#include "config/settings.hpp"
#include "config/table_reader.hpp"

namespace steward::config {

namespace {

constexpr std::string_view kUrls = "\"tcp://host:port\", \"tls://host:port\", \"http://…\" or \"https://…\"";

/// What is wrong with an endpoint's URL, or empty.
std::string endpoint_fault(std::string_view url) {
  const bool bare = url.starts_with("tcp://") || url.starts_with("tls://");
  if (!bare) {
    const std::string fault = url_fault(url);
    return fault.empty() || url.starts_with("http") ? fault : fmt::format("{} was expected", kUrls);
  }
  const std::string_view authority = url.substr(6);
  const auto port = authority.rfind(':');
  const bool with_port = port != std::string_view::npos && authority.find_first_of("/?#") == authority.npos &&
                         port > authority.rfind(']') + 1;  // npos + 1 is 0
  if (!with_port || !url_fault("http://" + std::string(authority)).empty())
    return fmt::format("an address such as \"{}exchange.example:443\" was expected, found \"{}\"",
                       url.substr(0, 6), url.substr(0, 200));
  return {};
}

HealthEndpoint read_endpoint(const Node::Table* members, int line, Reading& reading) {
  HealthEndpoint out;
  out.line = line;
  TableReader table(members, "[[health.endpoint]]", "health.endpoint", reading);
  const int name = table.text("name", out.name);
  if (out.name.empty() && members != nullptr)
    reading.problem(line, "this endpoint has no name; add one, such as name = \"exchange\"");
  if (out.name.size() > 100) reading.problem(name, "an endpoint's name has at most 100 bytes");
  const int url = table.text("url", out.url);
  if (url > 0) {
    const std::string fault = endpoint_fault(out.url);
    if (!fault.empty()) reading.problem(url, "url: {}", fault);
  } else if (members != nullptr) {
    reading.problem(line, "this endpoint has no url; add one: {}", kUrls);
  }
  const int every = table.duration("every", out.every, kSecond);
  const int timeout = table.duration("timeout", out.timeout, 10 * kMillisecond);
  if (out.timeout > out.every)
    reading.problem(std::max({every, timeout, line}), "timeout must not be longer than every");
  const int status = table.integer("status", out.status, 100, 599);
  const int expect = table.text("expect", out.expect);
  if (std::max(status, expect) > 0 && !out.url.starts_with("http"))
    reading.problem(std::max(status, expect), "status and expect are for http:// and https:// alone");
  table.path("ca_file", out.ca_file);
  table.finish();
  return out;
}

void read_endpoints(TableReader& table, HealthSettings& out, Reading& reading) {
  const Member* member = table.any("endpoint");
  if (member == nullptr) {
    read_endpoint(nullptr, 0, reading);  // its keys are known all the same
    return;
  }
  const auto* items = std::get_if<Node::Array>(&member->node.value);
  if (items == nullptr)
    return reading.problem(member->line, "write [[health.endpoint]] with two brackets: each begins one");
  if (items->size() > kMostEndpoints)
    return reading.problem(member->line, "{} endpoints are more than the {} that are watched", items->size(),
                           kMostEndpoints);
  for (const Node& item : *items) {
    const auto* members = std::get_if<Node::Table>(&item.value);
    if (members == nullptr) {
      reading.problem(item.line, "endpoint must be a table, begun by [[health.endpoint]], found {}",
                      item.description());
      continue;
    }
    HealthEndpoint endpoint = read_endpoint(members, item.line, reading);
    const auto twin = std::ranges::find(out.endpoints, endpoint.name, &HealthEndpoint::name);
    if (!endpoint.name.empty() && twin != out.endpoints.end())
      reading.problem(item.line, "a second endpoint named \"{}\"; the first is on line {}; names must differ",
                      endpoint.name, twin->line);
    out.endpoints.push_back(std::move(endpoint));
  }
}

}  // namespace

void read_health(TableReader& root, Settings& settings, Reading& reading) {
  HealthSettings& out = settings.health;
  int line = 0;
  TableReader table = root.table("health", line);
  table.integer("cpu_percent", out.cpu_percent, 1, 100);
  table.integer("memory_percent", out.memory_percent, 1, 100);
  table.integer("disk_percent", out.disk_percent, 1, 100);
  table.integer("inodes_percent", out.inodes_percent, 1, 100);
  table.integer("swap_percent", out.swap_percent, 1, 100);
  table.integer("load_per_cpu", out.load_per_cpu, 1, 1000);
  table.duration("clock_offset", out.clock_offset, kMillisecond);
  table.duration("disk_full_in", out.disk_full_in, 0);
  table.duration("tls_expiry", out.tls_expiry, 0);
  if (const int at = table.text("ntp_server", out.ntp_server); at > 0) {
    const std::string fault = url_fault("http://" + out.ntp_server);
    if (!fault.empty() || out.ntp_server.find_first_of("/?#") != std::string::npos)
      reading.problem(at,
                      "ntp_server must be a host, such as \"pool.ntp.org\" or \"10.0.0.1:123\", found \"{}\"",
                      out.ntp_server.substr(0, 200));
  }
  read_endpoints(table, out, reading);
  table.finish();
}

}  // namespace steward::config
