#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/alert_channels.hpp"
#include "config/table_reader.hpp"

// Small readings that channels and routes share; for this folder only.
namespace steward::config {

/// "info", "warning" or "critical". The line, 0 when absent or bad.
int read_severity(TableReader& table, std::string_view key, AlertSeverity& out, Reading& reading);
bool severity_named(std::string_view name, AlertSeverity& out);

void read_channels(TableReader& alert, AlertTargets& out, Reading& reading);
void read_routes(TableReader& alert, AlertTargets& out, Reading& reading);
void know_channels(Reading& reading);
void know_routes(Reading& reading);

std::optional<ChannelType> channel_type_named(std::string_view name);
/// All of them, with commas.
std::string channel_type_names();
/// Keys that channels of that type do not have, though another's have.
void check_channel_keys(const Node::Table& members, ChannelType of, Reading& reading);
/// What is missing, or does not go together.
void check_channel_needs(const Node::Table& members, const AlertChannel& channel, Reading& reading);

/// Headers that sign somebody in.
bool is_secret_header(std::string_view name);
/// "@name" of a public Telegram channel.
bool is_chat_name(std::string_view text);

}  // namespace steward::config
