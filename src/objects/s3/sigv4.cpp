#include "objects/s3/sigv4.hpp"

#include <algorithm>
#include <ctime>
#include <map>

#include "base/result.hpp"
#include "objects/digest.hpp"

namespace steward::objects {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return out;
}

/// Without blanks at the ends, and one blank where there were several.
std::string trimmed(std::string_view value) {
  std::string out;
  bool blank = false;
  for (const char c : value) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      blank = true;
      continue;
    }
    if (blank && !out.empty()) out.push_back(' ');
    blank = false;
    out.push_back(c);
  }
  return out;
}

/// "name:value\n" of all headers in order, and their names with ';' between. The values of one name stand in
/// the order of the request.
std::pair<std::string, std::string> canonical_headers(const Pairs& headers) {
  std::map<std::string, std::string> sorted;
  for (const auto& [name, value] : headers) {
    const auto [at, fresh] = sorted.try_emplace(lower(name), trimmed(value));
    if (!fresh) at->second.append(",").append(trimmed(value));
  }
  std::string lines;
  std::string names;
  for (const auto& [name, value] : sorted) {
    lines.append(name).append(":").append(value).push_back('\n');
    if (!names.empty()) names.push_back(';');
    names.append(name);
  }
  return {lines, names};
}

/// "20150830/us-east-1/s3/aws4_request"
std::string scope_text(const SigningScope& scope, std::string_view date) {
  return fmt::format("{}/{}/{}/aws4_request", date, scope.region, scope.service);
}

std::string signature_of(const SigningKey& key, const SigningScope& scope, std::string_view date,
                         std::string_view text) {
  const Secret first("AWS4" + key.secret_key.reveal());
  Sha256 derived = hmac_sha256(first.reveal(), date);
  for (const std::string_view step :
       {std::string_view(scope.region), std::string_view(scope.service), std::string_view("aws4_request")})
    derived = hmac_sha256(bytes_of(derived), step);
  return hex(bytes_of(hmac_sha256(bytes_of(derived), text)));
}

Signature sign(const SignedRequest& request, const SigningKey& key, const SigningScope& scope, WallNs now) {
  const auto [lines, names] = canonical_headers(request.headers);
  const std::string time = amz_date(now);
  const std::string date = time.substr(0, 8);
  Signature out;
  out.canonical_request =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, uri_encode(request.path, true),
                  uri_query(request.query), lines, names, request.payload_hash);
  out.string_to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time, scope_text(scope, date),
                                   hex(bytes_of(sha256(out.canonical_request))));
  out.signature = signature_of(key, scope, date, out.string_to_sign);
  out.authorization = fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                                  key.access_key, scope_text(scope, date), names, out.signature);
  return out;
}

}  // namespace

std::string amz_date(WallNs now) {
  const std::time_t seconds = now / kSecond;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[32];
  const auto length = std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
  return {text, length};
}

std::string uri_encode(std::string_view text, bool keep_slashes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (letter || c == '-' || c == '.' || c == '_' || c == '~' || (keep_slashes && c == '/')) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

std::string uri_query(const Pairs& query) {
  Pairs encoded;
  for (const auto& [name, value] : query)
    encoded.emplace_back(uri_encode(name, false), uri_encode(value, false));
  std::ranges::sort(encoded);
  std::string text;
  for (const auto& [name, value] : encoded) {
    if (!text.empty()) text.push_back('&');
    text.append(name).append("=").append(value);
  }
  return text;
}

Signature sign_v4(const SignedRequest& request, const SigningKey& key, const SigningScope& scope,
                  WallNs now) {
  return sign(request, key, scope, now);
}

std::pair<Pairs, Signature> presign_v4(const SignedRequest& request, const SigningKey& key,
                                       const SigningScope& scope, WallNs now, int seconds) {
  SignedRequest whole = request;
  const std::string time = amz_date(now);
  whole.query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  whole.query.emplace_back("X-Amz-Credential", key.access_key + "/" + scope_text(scope, time.substr(0, 8)));
  whole.query.emplace_back("X-Amz-Date", time);
  whole.query.emplace_back("X-Amz-Expires", std::to_string(seconds));
  if (!key.token.empty()) whole.query.emplace_back("X-Amz-Security-Token", key.token.reveal());
  whole.query.emplace_back("X-Amz-SignedHeaders", canonical_headers(request.headers).second);
  Signature signature = sign(whole, key, scope, now);
  whole.query.emplace_back("X-Amz-Signature", signature.signature);
  return {std::move(whole.query), std::move(signature)};
}

}  // namespace steward::objects
