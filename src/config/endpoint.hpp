#pragma once

#include <string>
#include <string_view>

namespace steward::config {

/// What is wrong with the value of `listen` in [`section`] ("127.0.0.1:8080", "[::1]:8080", "off"), or empty.
/// An address beyond this machine's loopback is wrong unless `read_only_public`.
std::string listen_fault(std::string_view listen, bool read_only_public, std::string_view section);

/// What is wrong with a URL to be scraped ("http://127.0.0.1:8001/metrics"), or empty.
std::string url_fault(std::string_view url);

/// What is wrong with the address of a mail server ("smtp://mail.example.com:587"), or empty.
std::string smtp_fault(std::string_view address);

/// The host of "scheme://host:port/path", without brackets; empty when there is none.
std::string host_of(std::string_view url);

/// Whether `host` is this machine's loopback, where a secret may travel in the clear.
bool is_loopback(std::string_view host);

/// What is wrong with a URL that is a secret, or that goes with one; empty when nothing. Never shows it.
std::string secret_url_fault(std::string_view url);

/// Whether a URL looks as if whoever knows it may do something: a token in its query, or a long word of
/// letters and digits in its path.
bool looks_secret(std::string_view url);

/// "https://hooks.slack.com": all of a secret URL that may be shown.
std::string place_of(std::string_view url);

}  // namespace steward::config
