// steward healthcheck
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/units.hpp"
#include "cli/control.hpp"
#include "cli/terminal.hpp"
#include "net/endpoint.hpp"
#include "net/http_client.hpp"

namespace steward::cli {

namespace {

constexpr std::int64_t kPatience = 5 * kSecond;

/// Where to ask when the server listens on `listen`: "any address" is asked through the loopback.
Result<std::string> own_url(const Options& options) {
  const auto settings = settings_of(options);
  if (!settings) {
    return fail(
        Code::invalid,
        "no configuration says where to ask; give the URL: steward healthcheck http://127.0.0.1:8080/health");
  }
  if (settings->dashboard.off()) {
    return fail(Code::invalid, "the dashboard is off in {}, so there is no /health to ask", settings->file);
  }
  auto endpoint = net::parse_endpoint(settings->dashboard.listen);
  if (!endpoint) return std::unexpected(endpoint.error());
  if (endpoint->host == "0.0.0.0") endpoint->host = "127.0.0.1";
  if (endpoint->host == "::") endpoint->host = "::1";
  return "http://" + endpoint->text() + "/health";
}

/// The words of the answer: "healthy", or "degraded: reason; reason".
std::string words_of(const std::string& body) {
  boost::json::error_code bad;
  const auto value = boost::json::parse(body, bad);
  const auto* object = bad ? nullptr : value.if_object();
  const auto* status = object == nullptr ? nullptr : object->if_contains("status");
  if (status == nullptr || !status->is_string()) return "it does not say what /health says";
  std::string out(status->get_string().c_str());
  const auto* reasons = object->if_contains("reasons");
  if (reasons == nullptr || !reasons->is_array()) return out;
  const char* separator = ": ";
  for (const auto& reason : reasons->get_array()) {
    if (!reason.is_string()) continue;
    out.append(separator).append(reason.get_string().c_str());
    separator = "; ";
  }
  return out;
}

/// Container runtimes know 0 and 1 only.
int unwell(const std::string& sentence) {
  remark(sentence);
  return kFailed;
}

}  // namespace

int run_healthcheck(const Options& options) {
  const auto url = options.target.empty() ? own_url(options) : Result<std::string>(options.target);
  const auto patience =
      options.timeout.empty() ? Result<std::int64_t>(kPatience) : parse_duration(options.timeout);
  if (!url) return unwell(url.error().text());
  if (!patience) return unwell(patience.error().text());
  const auto answer = net::http_get(
      {.url = *url, .timeout_ns = *patience, .most_bytes = 1 << 20, .accept = "application/json"});
  if (!answer) return unwell(fmt::format("{} does not answer: {}", *url, answer.error().text()));
  if (answer->status != 200)
    return unwell(fmt::format("{} answers {}: {}", *url, answer->status, words_of(answer->body)));
  print(words_of(answer->body) + "\n");
  return kDone;
}

}  // namespace steward::cli
