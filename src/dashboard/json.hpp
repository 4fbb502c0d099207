#pragma once

#include <string>

#include "dashboard/facts.hpp"

namespace steward::dashboard {

// What the HTTP API says (docs/api.md). Times are RFC 3339 in UTC or null, durations seconds, money a number
// with two decimals beside its currency.

/// GET /health
std::string health_json(const Overview& overview, const Verdict& verdict);
/// GET /metrics, when no Prometheus text is asked for
std::string numbers_json(const Overview& overview);
/// GET /api/v1/bots
std::string bots_json(const Overview& overview);
/// GET /api/v1/backups
std::string backups_json(const Overview& overview);
/// GET /api/v1/state, and each live event: everything the page shows. `newest` are the latest orders.
std::string state_json(const Overview& overview, const Verdict& verdict, const OrderPage& newest);
/// GET /api/v1/alerts
std::string alarms_json(const AlarmPage& page, const AlarmQuery& query);
/// GET /api/v1/orders
std::string orders_json(const Overview& overview, const OrderPage& page);

}  // namespace steward::dashboard
