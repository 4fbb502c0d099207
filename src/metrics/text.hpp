#pragma once

#include <string>
#include <string_view>

namespace steward::metrics {

/// [a-zA-Z_:][a-zA-Z0-9_:]*, at most 200 bytes.
bool is_metric_name(std::string_view name);

/// [a-zA-Z_][a-zA-Z0-9_]*, at most 200 bytes, not beginning with "__", which Prometheus keeps for itself.
bool is_label_name(std::string_view name);

/// Appends a label's value: \ " and newline escaped (the same in both formats).
void append_label_value(std::string& out, std::string_view value);

/// Appends a HELP text: \ and newline escaped and, as OpenMetrics asks, ".
void append_help(std::string& out, std::string_view help, bool escape_quotes);

}  // namespace steward::metrics
