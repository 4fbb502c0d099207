#include "config/database_url.hpp"

#include <algorithm>
#include <optional>

namespace steward::config {

namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = static_cast<char>(c | 0x20);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// Without %XX; none when one is broken, or hides a NUL.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? digit_of(text[i + 2]) : -1;
    if (high < 0 || low < 0 || high + low == 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

/// Cuts off what lies before the first of `marks`; all of it when there is none.
std::string_view cut(std::string_view& text, std::string_view marks) {
  const auto end = std::min(text.find_first_of(marks), text.size());
  const auto part = text.substr(0, end);
  text.remove_prefix(end);
  return part;
}

std::string_view cut_parameter(std::string_view& query) {
  const auto parameter = cut(query, "&");
  query.remove_prefix(std::min<std::size_t>(1, query.size()));
  return parameter;
}

/// libpq decodes a parameter's name, too.
std::string name_of(std::string_view parameter) {
  return decoded(parameter.substr(0, parameter.find('='))).value_or("password");
}

}  // namespace

bool has_password(std::string_view url) {
  if (!url.starts_with(kDatabaseUrl)) return false;
  url.remove_prefix(kDatabaseUrl.size());
  const auto authority = cut(url, "/?");
  const auto at = authority.rfind('@');
  if (at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos)
    return true;
  cut(url, "?");
  while (!url.empty()) {
    const auto parameter = cut_parameter(url);
    if (name_of(parameter.substr(parameter.starts_with('?') ? 1 : 0)).ends_with("password")) return true;
  }
  return false;
}

Result<DatabaseUrl> parse_database_url(std::string_view url) {
  const auto wrong = [](std::string_view why) {
    return fail(Code::invalid, "this is no database: {}; write postgresql://[user@][host][:port]/database",
                why);
  };
  if (!url.starts_with(kDatabaseUrl)) return wrong("it does not begin with postgresql://");
  if (has_password(url))
    return wrong("a password in it could be read by everybody on this machine; put it into ~/.pgpass");
  if (url.find('\0') != std::string_view::npos || url.size() > 4096) return wrong("it is too long");
  url.remove_prefix(kDatabaseUrl.size());
  DatabaseUrl out;
  out.authority = cut(url, "/?");
  if (url.starts_with('/')) {
    url.remove_prefix(1);
    auto name = decoded(cut(url, "?"));
    if (!name) return wrong("a %XX of its name cannot be");
    out.database = std::move(*name);
  }
  url.remove_prefix(std::min<std::size_t>(1, url.size()));
  while (!url.empty()) {
    const auto parameter = cut_parameter(url);
    if (name_of(parameter) == "dbname") {
      auto name = decoded(parameter.substr(std::min(parameter.find('='), parameter.size() - 1) + 1));
      if (!name) return wrong("a %XX of its name cannot be");
      out.database = std::move(*name);
    } else if (!parameter.empty()) {
      out.query += (out.query.empty() ? "" : "&") + std::string(parameter);
    }
  }
  return out;
}

std::string DatabaseUrl::with_database(std::string_view name) const {
  return fmt::format("{}{}/{}{}{}", kDatabaseUrl, authority, encoded(name), query.empty() ? "" : "?", query);
}

}  // namespace steward::config
