#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "alerts/alarm.hpp"
#include "alerts/notification.hpp"
#include "base/json_writer.hpp"
#include "base/result.hpp"

namespace steward::alerts {

// Alarms and messages as JSON (docs/formats/control.md): in steward.db, on the control socket, and on the
// standard input of commands. Times are nanoseconds since 1970.

/// "pending", "firing", …
std::string_view name_of(AlarmState state);
/// "firing", "resolved", …
std::string_view name_of(Notification::Kind kind);

/// A fingerprint as people see it: 16 hex digits.
std::string id_text(std::uint64_t fingerprint);
std::optional<std::uint64_t> parse_id(std::string_view text);

/// The alarm's fields, into an object that is open.
void write_fields(JsonWriter& json, const Alarm& alarm);
std::string to_json(const Alarm& alarm);
Result<Alarm> alarm_from_json(std::string_view text);

std::string to_json(const Notification& message);
Result<Notification> notification_from_json(std::string_view text);

}  // namespace steward::alerts
