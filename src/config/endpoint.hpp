#pragma once

#include <string>
#include <string_view>

namespace steward::config {

/// What is wrong with the value of `listen` in [`section`] ("127.0.0.1:8080", "[::1]:8080", "off"), or empty.
/// An address beyond this machine's loopback is wrong unless `read_only_public`.
std::string listen_fault(std::string_view listen, bool read_only_public, std::string_view section);

/// What is wrong with a URL to be scraped ("http://127.0.0.1:8001/metrics"), or empty.
std::string url_fault(std::string_view url);

}  // namespace steward::config
