#include "config/install.hpp"

#include <algorithm>

#include "config/compile.hpp"
#include "keeper/layout.hpp"
#include "keeper/plan.hpp"
#include "os/files.hpp"

namespace steward::config {

namespace {

/// The plan in force; an empty one when there is none that can be read.
keeper::Plan old_plan(const std::string& path) {
  const auto text = read_file(path, keeper::kMostPlanBytes);
  auto plan = text ? keeper::parse_plan(*text) : fail(text.error(), "no plan");
  return plan ? std::move(*plan) : keeper::Plan{};
}

const keeper::BotSpec* find(const keeper::Plan& plan, const std::string& name) {
  const auto found = std::ranges::find(plan.bots, name, &keeper::BotSpec::name);
  return found == plan.bots.end() ? nullptr : &*found;
}

void compare(const keeper::Plan& before, const keeper::Plan& after, Installed& out) {
  for (const keeper::BotSpec& spec : after.bots) {
    if (spec.role == keeper::Role::agent) continue;
    const keeper::BotSpec* old = find(before, spec.name);
    if (old == nullptr) {
      out.added.push_back(spec.name);
    } else if (*old != spec) {
      out.changed.push_back(spec.name);
    } else {
      ++out.unchanged;
    }
  }
  for (const keeper::BotSpec& spec : before.bots) {
    if (spec.role != keeper::Role::agent && find(after, spec.name) == nullptr)
      out.removed.push_back(spec.name);
  }
}

}  // namespace

std::string good_copy(const std::string& state) {
  return state + "/agent/steward.toml";
}

std::string control_socket(const std::string& state) {
  return state + "/agent/control.sock";
}

Result<EntryInForce> entry_in_force(const std::string& state) {
  const std::string path = keeper::Layout(state).plan();
  const keeper::BotSpec* agent = nullptr;
  const keeper::Plan plan = old_plan(path);
  for (const keeper::BotSpec& spec : plan.bots) {
    if (spec.role == keeper::Role::agent && spec.args.size() == 6) agent = &spec;
  }
  if (agent == nullptr)
    return fail(Code::not_found,
                "{} does not say which configuration is in force; `steward up` writes it anew", path);
  return EntryInForce{agent->args[0], agent->args[5]};
}

Status make_state_folder(const std::string& state) {
  if (auto made = make_folders(state, 0711); !made)
    return fail(made.error(), "the state folder {} cannot be used", state);
  return make_folders(state + "/agent", 0700);
}

Result<Installed> install(const std::string& file, const std::string& state, const std::string& program,
                          Check check) {
  const auto text = read_file(file, kLargestFile);
  if (!text) return fail(text.error(), "no configuration from {}", file);
  Installed out;
  auto settings = check_text(*text, file, &out.warnings, check);
  if (!settings) return std::unexpected(settings.error());
  out.settings = std::move(*settings);
  const auto plan = compile(out.settings, {program, state});
  if (!plan) return std::unexpected(plan.error());
  const std::string path = keeper::Layout(state).plan();
  compare(old_plan(path), *plan, out);
  if (auto saved = replace_file(good_copy(state), *text); !saved) return std::unexpected(saved.error());
  if (auto written = replace_file(path, keeper::format_plan(*plan)); !written)
    return std::unexpected(written.error());
  return out;
}

}  // namespace steward::config
