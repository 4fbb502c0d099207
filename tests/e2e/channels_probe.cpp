// channels_probe CONFIG CHANNEL KIND [ALARMS [LENGTH]]: sends one notification of KIND (firing, resolved,
// digest, test) with so many alarms, whose summaries have so many characters, to a channel of the
// configuration, as the agent does. Prints the outcome as JSON. For tests/e2e/channels_*_test.py.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "alerts/channel_sender.hpp"
#include "base/json_writer.hpp"
#include "config/settings.hpp"
#include "net/event_loop.hpp"

namespace {

using namespace steward;

alerts::Notification notification(const char* kind, int count, std::size_t length,
                                  const config::Settings& settings) {
  using Kind = alerts::Notification::Kind;
  const std::string_view word = kind;
  alerts::Notification message{.key = "probe-" + std::string(word), .group = "disk-full", .host = "höst-a"};
  message.kind = word == "resolved" ? Kind::resolved
                 : word == "digest" ? Kind::digest
                 : word == "test"   ? Kind::test
                                    : Kind::firing;
  message.created = SystemClock().wall();
  message.timezone = settings.timezone;
  message.dashboard = "http://127.0.0.1:8080/dashboard";
  for (int i = 0; i < count; ++i) {
    alerts::Alarm alarm{.rule = "disk-full", .labels = {{"mount", "/data/" + std::to_string(i)}}};
    alarm.severity = i == 0 ? alerts::Severity::critical : alerts::Severity::warning;
    alarm.summary = "<b>97 %</b> of *it* is _used_ & 5 € are left, \"now\" 😀\n.\n..";
    while (alarm.summary.size() < length) alarm.summary += " <&é😀\\*_";
    alarm.value = 97.25;
    alarm.firing_since = message.created - 90 * kSecond;
    alarm.done = {"closed the gate of racing"};
    alarm.runbook = "https://runbooks.example.com/disk-full";
    alarm.state = message.kind == Kind::resolved ? alerts::AlarmState::resolved : alerts::AlarmState::firing;
    if (message.kind == Kind::resolved) alarm.resolved_at = message.created - 10 * kSecond;
    message.alarms.push_back(std::move(alarm));
  }
  return message;
}

int say(const alerts::Outcome& outcome) {
  using Kind = alerts::Outcome::Kind;
  JsonWriter json;
  json.object().field("outcome", outcome.kind == Kind::delivered ? "delivered"
                                 : outcome.kind == Kind::retry   ? "retry"
                                                                 : "refused");
  json.field("after_ns", outcome.after_ns).field("reason", outcome.reason).end();
  std::puts(json.text().c_str());
  return 0;
}

int probe(int argc, char** argv) {
  config::Problems warnings;
  const auto settings = config::load(argv[1], argv[1], &warnings);
  for (const auto& warning : warnings) std::fprintf(stderr, "%s\n", warning.sentence().c_str());
  if (!settings) {
    std::fprintf(stderr, "%s\n", settings.error().text().c_str());
    return 1;
  }
  const SystemClock clock;
  net::EventLoop loop;
  const net::Executor executor = [&](std::function<void()> task) { loop.post(std::move(task)); };
  const auto client = net::make_curl_client(executor);
  alerts::ChannelSender sender({*client, clock,
                                [&](net::Command command, net::CommandDone done) {
                                  net::run_command(loop, std::move(command), std::move(done));
                                },
                                executor});
  sender.assign(settings->alert_targets);
  auto message = notification(argv[3], argc > 4 ? std::atoi(argv[4]) : 1,
                              argc > 5 ? static_cast<std::size_t>(std::atol(argv[5])) : 0, *settings);
  message.channel = argv[2];
  sender.send(message, [&](const alerts::Outcome& outcome) {
    say(outcome);
    loop.stop();
  });
  loop.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc >= 4) return probe(argc, argv);
  std::fprintf(stderr, "channels_probe CONFIG CHANNEL KIND [ALARMS [LENGTH]]\n");
  return 2;
}
