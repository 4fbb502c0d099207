#pragma once

#include <string>

#include "dashboard/facts.hpp"
#include "state/model.hpp"

namespace steward::dashboard {

/// Fills what the fold knows into `overview`, whose `now` is set; the rest (zone, currency, version, uptime,
/// process samples, keeper_reachable, state_alive and troubles of the agent's own) is the caller's. Meant for
/// inside Engine::read(): it copies a bounded amount.
void add_model(const state::Model& model, Overview& overview);

/// The orders asked for, of those in memory.
OrderPage find_orders(const state::Model& model, const OrderQuery& query);

/// How a run ended, for people: "exit 1", "SIGKILL (out of memory)", …
std::string exit_text(const state::LastExit& exit);

}  // namespace steward::dashboard
