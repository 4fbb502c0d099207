#include "objects/s3/credential_answers.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "objects/s3/times.hpp"

namespace steward::objects {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string member(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

/// "[profile NAME]" and "[NAME]" name the same.
std::string_view section_name(std::string_view line) {
  line = trimmed(line.substr(1, line.find(']') - 1));
  if (line.starts_with("profile ")) line = trimmed(line.substr(8));
  return line;
}

}  // namespace

Result<Credentials> parse_credentials(std::string_view text) {
  boost::system::error_code bad;
  const boost::json::value value = boost::json::parse(text, bad);
  if (bad || !value.is_object()) return fail(Code::corrupt, "the credentials that came are no JSON object");
  const boost::json::object& object = value.as_object();
  Credentials out{.key = {member(object, "AccessKeyId"), Secret(member(object, "SecretAccessKey")),
                          Secret(member(object, "Token"))}};
  if (out.key.access_key.empty() || out.key.secret_key.empty())
    return fail(Code::corrupt, "the credentials that came have no AccessKeyId or no SecretAccessKey");
  if (const std::string expires = member(object, "Expiration"); !expires.empty()) {
    const auto time = parse_utc(expires);
    if (!time) return fail(Code::corrupt, "the credentials that came have {:?} for Expiration", expires);
    out.expires = *time;
  }
  return out;
}

Result<std::map<std::string, std::string>> parse_profile(std::string_view text, std::string_view profile) {
  std::map<std::string, std::string> found;
  bool inside = false;
  int number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    const std::string_view bare = trimmed(line);
    if (bare.empty() || bare.starts_with('#') || bare.starts_with(';')) continue;
    if (bare.starts_with('[')) {
      if (bare.find(']') == std::string_view::npos)
        return fail(Code::invalid, "line {}: expected a ']'", number);
      inside = section_name(bare) == profile;
      continue;
    }
    if (line.starts_with(' ') || line.starts_with('\t')) continue;
    const auto equals = bare.find('=');
    // The line itself may hold a secret: only its number is told.
    if (equals == std::string_view::npos)
      return fail(Code::invalid, "line {}: expected name = value", number);
    if (inside) found[std::string(trimmed(bare.substr(0, equals)))] = trimmed(bare.substr(equals + 1));
  }
  return found;
}

bool is_trusted_endpoint(std::string_view url) {
  if (url.starts_with("https://")) return true;
  if (!url.starts_with("http://")) return false;
  url.remove_prefix(7);
  std::string_view host = url.substr(0, url.find('/'));
  if (host.starts_with('[')) {
    host = host.substr(0, host.find(']') + 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  constexpr std::array kHosts = {std::string_view("localhost"),      std::string_view("127.0.0.1"),
                                 std::string_view("[::1]"),          std::string_view("169.254.170.2"),
                                 std::string_view("169.254.170.23"), std::string_view("[fd00:ec2::23]")};
  return std::ranges::find(kHosts, host) != kHosts.end();
}

}  // namespace steward::objects
