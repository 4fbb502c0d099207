#include "agent/configuration.hpp"

#include <sys/stat.h>

#include "alerts/rule_set.hpp"
#include "base/clock.hpp"
#include "os/files.hpp"

namespace steward::agent {

namespace {
bool same(const config::Listener& a, const config::Listener& b) {
  return a.listen == b.listen && a.read_only_public == b.read_only_public;
}

}  // namespace

Result<Configuration> Configuration::load(const std::string& state, const std::string& original) {
  Configuration configuration(state, original);
  auto text = read_file(config::good_copy(state), config::kLargestFile);
  if (!text && text.error().code() == Code::not_found) text = read_file(original, config::kLargestFile);
  if (!text) return fail(text.error(), "the agent has no configuration");
  config::Parsed parsed = config::parse(*text, original);
  const std::string errors = config::error_sentences(parsed.problems);
  if (!errors.empty()) return fail(Code::invalid, "{}", errors);
  configuration.settings_ = std::move(parsed.settings);
  configuration.settings_.state = state;
  configuration.look();
  return configuration;
}

Result<config::Installed> Configuration::reload(const std::string& program) {
  auto installed = config::install(original_, state_, program, alerts::check_rules);
  if (!installed) {
    error_ = installed.error().text();
    return installed;
  }
  settings_ = installed->settings;
  settings_.state = state_;
  error_.clear();
  stamp_ = {-1, -1};
  look();
  return installed;
}

void Configuration::look() {
  struct ::stat info{};
  if (::stat(original_.c_str(), &info) != 0) {
    stamp_ = {-1, -1};
    changed_ = true;
    error_ = original_ + " is gone; the agent lives on its copy, " + config::good_copy(state_);
    return;
  }
  const std::pair<std::int64_t, std::int64_t> stamp{info.st_size, wall_of(info.st_mtim)};
  if (stamp == stamp_) return;
  stamp_ = stamp;
  const auto text = read_file(original_, config::kLargestFile);
  const auto copy = read_file(config::good_copy(state_), config::kLargestFile);
  error_ = text ? "" : text.error().text();
  changed_ = !text || (copy && *copy != *text);
}

bool needs_new_agent(const config::Settings& before, const config::Settings& after) {
  return !same(before.metrics, after.metrics) || !same(before.dashboard, after.dashboard) ||
         before.timezone != after.timezone || before.currency != after.currency ||
         before.journal_keep != after.journal_keep;
}

}  // namespace steward::agent
