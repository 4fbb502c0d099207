#include "objects/s3/credentials.hpp"

#include <algorithm>
#include <cstdlib>

#include "objects/s3/credential_answers.hpp"
#include "os/files.hpp"

namespace steward::objects {

namespace {

constexpr std::size_t kMostFile = 1 << 20;
constexpr std::int64_t kRenewBefore = 5 * 60 * kSecond;
/// An instance's endpoint answers at once, or there is none (also: a container one hop too far away).
constexpr std::int64_t kAskFor = kSecond;

using Found = Result<std::optional<Credentials>>;

std::string or_else(std::string value, std::string other) {
  return value.empty() ? std::move(other) : std::move(value);
}

Found from_environment(const CredentialSurroundings& around) {
  Credentials out{.key = {around.env("AWS_ACCESS_KEY_ID"), Secret(around.env("AWS_SECRET_ACCESS_KEY")),
                          Secret(around.env("AWS_SESSION_TOKEN"))}};
  if (out.key.access_key.empty() && out.key.secret_key.empty()) return std::nullopt;
  if (out.key.access_key.empty() || out.key.secret_key.empty())
    return fail(Code::denied, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must both be set, or neither");
  return out;
}

std::string profile_name(const CredentialSurroundings& around) {
  return or_else(around.profile, or_else(around.env("AWS_PROFILE"), "default"));
}

/// The profile's settings from one file; none when there is no such file.
Result<std::map<std::string, std::string>> settings_of(const CredentialSurroundings& around,
                                                       const char* variable, const char* name) {
  const std::string path = or_else(around.env(variable), around.env("HOME") + "/.aws/" + name);
  const auto text = read_file(path, kMostFile);
  if (!text && text.error().code() == Code::not_found) return {};
  if (!text) return fail(text.error(), "the AWS credentials cannot be read");
  auto settings = parse_profile(*text, profile_name(around));
  if (!settings) return fail(settings.error(), "{}", path);
  return settings;
}

Found from_profile(const CredentialSurroundings& around) {
  for (const auto& [variable, name] :
       {std::pair("AWS_SHARED_CREDENTIALS_FILE", "credentials"), std::pair("AWS_CONFIG_FILE", "config")}) {
    auto settings = settings_of(around, variable, name);
    if (!settings) return std::unexpected(settings.error());
    auto& values = *settings;
    Credentials out{.key = {values["aws_access_key_id"], Secret(values["aws_secret_access_key"]),
                            Secret(values["aws_session_token"])}};
    if (!out.key.access_key.empty() && !out.key.secret_key.empty()) return out;
  }
  if (around.profile.empty()) return std::nullopt;
  return fail(Code::denied,
              "the profile {:?} has no aws_access_key_id and aws_secret_access_key in ~/.aws/credentials or "
              "~/.aws/config",
              around.profile);
}

/// The body of a 200, asked for once more when the first try came to nothing.
Result<std::string> ask(const CredentialSurroundings& around, net::HttpCall call) {
  call.timeout_ns = kAskFor;
  call.most_bytes = 64 << 10;
  Result<std::string> body = fail(Code::unavailable, "{}: not asked", call.place);
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto reply = around.http->call(call);
    if (reply && reply->status == 200) return std::move(reply->body);
    if (reply) {
      body = fail(Code::denied, "{} answers {}", call.place, reply->status);
    } else {
      body = std::unexpected(reply.error());
    }
  }
  return body;
}

Found ask_for_credentials(const CredentialSurroundings& around, net::HttpCall call) {
  const auto body = ask(around, std::move(call));
  if (!body) return std::unexpected(body.error());
  return parse_credentials(*body);
}

Found from_container(const CredentialSurroundings& around) {
  const std::string relative = around.env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const std::string url =
      relative.empty() ? around.env("AWS_CONTAINER_CREDENTIALS_FULL_URI") : "http://169.254.170.2" + relative;
  if (url.empty()) return std::nullopt;
  if (!is_trusted_endpoint(url))
    return fail(
        Code::denied,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http to this machine: other addresses are "
        "not asked for credentials");
  std::string token = around.env("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (const std::string path = around.env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !path.empty()) {
    auto text = read_file(path, kMostFile);
    if (!text) return fail(text.error(), "the container's authorization token cannot be read");
    token = text->substr(0, text->find_last_not_of(" \r\n") + 1);
  }
  net::HttpCall call{.url = url, .place = "the container's credentials endpoint"};
  if (!token.empty()) call.headers.emplace_back("Authorization", token);
  return ask_for_credentials(around, std::move(call));
}

/// IMDSv2 (Amazon EC2 user guide, "Retrieve instance metadata"): a token by PUT first, never without.
Found from_instance(const CredentialSurroundings& around) {
  if (around.env("AWS_EC2_METADATA_DISABLED") == "true") return std::nullopt;
  const std::string base = or_else(around.env("AWS_EC2_METADATA_SERVICE_ENDPOINT"), "http://169.254.169.254");
  const std::string place = "the instance's metadata (IMDSv2)";
  auto token = ask(around, {.method = "PUT",
                            .url = base + "/latest/api/token",
                            .place = place,
                            .headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "300"}}});
  if (!token && token.error().code() != Code::denied) return std::nullopt;  // nobody there
  if (!token) return fail(token.error(), "no AWS credentials are set, and the instance keeps its own");
  const std::string roles = base + "/latest/meta-data/iam/security-credentials/";
  net::HttpCall call{
      .url = roles, .place = place, .headers = {{"X-aws-ec2-metadata-token", std::move(*token)}}};
  const auto role = ask(around, call);
  if (!role) return fail(role.error(), "the instance has no role: attach one, or set credentials");
  call.url = roles + uri_encode(role->substr(0, role->find_first_of("\r\n")), false);
  return ask_for_credentials(around, std::move(call));
}

}  // namespace

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // set before threads begin, as everywhere
  return value == nullptr ? "" : value;
}

Result<Credentials> find_credentials(const CredentialSurroundings& around) {
  using Source = Found (*)(const CredentialSurroundings&);
  for (const Source source :
       {Source(from_environment), Source(from_profile), Source(from_container), Source(from_instance)}) {
    if (source == from_environment && !around.profile.empty()) continue;
    auto found = source(around);
    if (!found) return std::unexpected(found.error());
    if (*found) return std::move(**found);
  }
  return fail(
      Code::denied,
      "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, write ~/.aws/credentials, or "
      "give the machine a role");
}

std::string configured_region(const CredentialSurroundings& around) {
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (std::string region = around.env(name); !region.empty()) return region;
  }
  auto settings = settings_of(around, "AWS_CONFIG_FILE", "config");
  return settings ? (*settings)["region"] : "";
}

Result<std::shared_ptr<const Credentials>> CredentialCache::get(WallNs now) {
  const std::scoped_lock lock(mutex_);
  const bool fresh = held_ && (held_->expires == 0 || now < held_->expires - kRenewBefore);
  if (fresh) return held_;
  auto found = find_();
  if (found) {
    held_ = std::make_shared<const Credentials>(std::move(*found));
  } else if (!held_ || now >= held_->expires) {
    return std::unexpected(found.error());
  }
  return held_;
}

void CredentialCache::reject() {
  const std::scoped_lock lock(mutex_);
  held_.reset();
}

}  // namespace steward::objects
