#pragma once

#include <string_view>

namespace steward::metrics {

/// The two exposition formats: Prometheus text 0.0.4 and OpenMetrics text 1.0.
enum class Format { text, openmetrics };

/// The Content-Type that goes with it.
std::string_view content_type(Format format);

/// How welcome `type/subtype` with `version` is by an Accept header (RFC 9110, 12.5.1): the q-value, 0 to 1,
/// of the most specific range that fits; a range that names another version does not fit. 1 when there is no
/// header.
double accept_quality(std::string_view accept, std::string_view media_type, std::string_view version = {});

/// OpenMetrics when the client prefers it, else text, which every client reads.
Format negotiate(std::string_view accept);

}  // namespace steward::metrics
