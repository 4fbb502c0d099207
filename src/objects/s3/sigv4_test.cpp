#include "objects/s3/sigv4.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <set>

#include "objects/digest.hpp"
#include "os/files.hpp"

namespace steward::objects {
namespace {

namespace json = boost::json;

constexpr WallNs kNow = 1'440'938'160 * kSecond;  // 2015-08-30T12:36:00Z, the suite's moment

SigningKey example_key() {
  // AWS's documentation example, in two parts: whole it would look like a leaked key to scanners.
  return {"AKIDEXAMPLE", Secret(std::string("wJalrXUtnFEMI/K7MDENG+bPxRfi") + "CYEXAMPLEKEY"), {}};
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

/// RFC 3986, 5.2.4, and doubled slashes made one: what services other than S3 do to a path.
std::string normalized(std::string_view path) {
  std::vector<std::string_view> parts;
  const bool folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  for (std::size_t at = 0; at <= path.size();) {
    const auto slash = std::min(path.find('/', at), path.size());
    const auto part = path.substr(at, slash - at);
    if (part == ".." && !parts.empty()) parts.pop_back();
    if (!part.empty() && part != "." && part != "..") parts.push_back(part);
    at = slash + 1;
  }
  std::string out = "/";
  for (const auto part : parts) out.append(part).push_back('/');
  if (!folder && out.size() > 1) out.pop_back();
  return out;
}

/// The suite's raw request: a request line, headers (a line that begins with a blank continues one), a body.
struct Raw {
  SignedRequest request;
  std::string body;
};

void take_target(SignedRequest& request, const std::string& line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(" HTTP/1.1");
  request.method = line.substr(0, first);
  const std::string target = line.substr(first + 1, last - first - 1);
  const auto question = target.find('?');
  request.path = percent_decoded(target.substr(0, question));
  if (question == std::string::npos) return;
  const std::string query = target.substr(question + 1);
  for (std::size_t at = 0; at < query.size();) {
    const auto end = std::min(query.find('&', at), query.size());
    const std::string pair = query.substr(at, end - at);
    const auto equals = std::min(pair.find('='), pair.size());
    request.query.emplace_back(percent_decoded(pair.substr(0, equals)),
                               percent_decoded(equals < pair.size() ? pair.substr(equals + 1) : ""));
    at = end + 1;
  }
}

Raw parse(const std::string& text) {
  Raw raw;
  const auto split = text.find("\n\n");
  if (split != std::string::npos) raw.body = text.substr(split + 2);
  const std::string head = text.substr(0, split);
  bool first = true;
  for (std::size_t at = 0; at < head.size();) {
    const auto end = std::min(head.find('\n', at), head.size());
    const std::string line = head.substr(at, end - at);
    at = end + 1;
    if (first) {
      take_target(raw.request, line);
      first = false;
    } else if (line.starts_with(' ')) {
      raw.request.headers.back().second += line;
    } else {
      const auto colon = line.find(':');
      raw.request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    }
  }
  return raw;
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

/// Cases as (raw request, key, scope): common to header and query signing.
class Case {
 public:
  explicit Case(const json::object& given) : given_(given), raw_(parse(text_of(given, "request"))) {
    key_ = example_key();
    token_ = text_of(given, "session_token");
    raw_.request.payload_hash = hex(bytes_of(sha256(raw_.body)));
    if (given_.at("normalize").as_bool()) raw_.request.path = normalized(raw_.request.path);
  }
  bool token_unsigned() const {
    const json::value& omit = given_.at("omit_session_token");
    return omit.is_bool() && omit.as_bool();
  }
  SigningScope scope() const { return {text_of(given_, "region"), text_of(given_, "service")}; }

  Signature header() const {
    SignedRequest request = raw_.request;
    request.headers.emplace_back("X-Amz-Date", amz_date(kNow));
    if (!token_.empty() && !token_unsigned()) request.headers.emplace_back("X-Amz-Security-Token", token_);
    if (given_.at("sign_body").as_bool())
      request.headers.emplace_back("X-Amz-Content-Sha256", request.payload_hash);
    return sign_v4(request, key_, scope(), kNow);
  }
  Signature query() const {
    SigningKey key = example_key();
    if (!token_unsigned()) key.token = Secret(token_);
    SignedRequest request = raw_.request;
    const int seconds = static_cast<int>(given_.at("expiration_in_seconds").as_int64());
    return presign_v4(request, key, scope(), kNow, seconds).second;
  }

 private:
  const json::object& given_;
  Raw raw_;
  SigningKey key_;
  std::string token_;
};

void expect_same(const json::object& expected, const Signature& got) {
  EXPECT_EQ(text_of(expected, "canonical_request"), got.canonical_request);
  EXPECT_EQ(text_of(expected, "string_to_sign"), got.string_to_sign);
  EXPECT_EQ(text_of(expected, "signature"), got.signature);
}

TEST(SigV4, AgreesWithTheVectorsOfAws) {
  const char* given = std::getenv("STEWARD_SHARED");
  const std::string path = (given != nullptr ? given : std::string(STEWARD_SOURCE_DIR) + "/../shared") +
                           std::string("/data/sigv4/vectors.json");
  if (!exists(path)) GTEST_SKIP() << path << " is not there; set STEWARD_SHARED to the folder that has it";
  const json::value vectors = json::parse(read_file(path, 1 << 20).value());
  int count = 0;
  for (const json::value& entry : vectors.as_array()) {
    const json::object& object = entry.as_object();
    SCOPED_TRACE(text_of(object, "name"));
    const Case given_case(object);
    expect_same(object.at("header").as_object(), given_case.header());
    expect_same(object.at("query").as_object(), given_case.query());
    ++count;
  }
  EXPECT_EQ(26, count);
}

/// Amazon S3 API reference, "Signature calculations for the Authorization header", example GET Object.
TEST(SigV4, AgreesWithTheExampleOfS3) {
  const WallNs friday = 1'369'353'600 * kSecond;  // 2013-05-24
  const std::string empty = hex(bytes_of(sha256("")));
  const SigningKey key{
      "AKIAIOSFODNN7EXAMPLE", Secret(std::string("wJalrXUtnFEMI/K7MDENG/bPxRfi") + "CYEXAMPLEKEY"), {}};
  const SignedRequest request{.method = "GET",
                              .path = "/test.txt",
                              .headers = {{"Host", "examplebucket.s3.amazonaws.com"},
                                          {"Range", "bytes=0-9"},
                                          {"x-amz-content-sha256", empty},
                                          {"x-amz-date", amz_date(friday)}},
                              .payload_hash = empty};
  EXPECT_EQ("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            sign_v4(request, key, {"us-east-1"}, friday).signature);
}

TEST(SigV4, NothingOfTheSecretIsInWhatComesOut) {
  const SigningKey key = example_key();
  const Signature out =
      sign_v4({.method = "GET", .payload_hash = std::string(kUnsignedPayload)}, key, {"eu-west-1"}, kNow);
  for (const std::string& text : {out.canonical_request, out.string_to_sign, out.authorization})
    EXPECT_EQ(std::string::npos, text.find("wJalr"));
}

RC_GTEST_PROP(SigV4, EncodedTextDecodesToItselfAndUsesSafeBytesOnly, (const std::string& text)) {
  const std::string encoded = uri_encode(text, false);
  RC_ASSERT(percent_decoded(encoded) == text);
  RC_ASSERT(std::ranges::all_of(encoded, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-._~%").contains(c);
  }));
}

RC_GTEST_PROP(SigV4, TheOrderOfHeadersAndParametersDoesNotMatter, (std::set<std::string> names)) {
  SignedRequest request{.method = "GET", .payload_hash = std::string(kUnsignedPayload)};
  for (const std::string& name : names) {
    request.query.emplace_back(name, "v" + name);
    request.headers.emplace_back("x-" + hex(name), name);
  }
  const std::string before = sign_v4(request, example_key(), {"r"}, kNow).signature;
  std::ranges::reverse(request.query);
  std::ranges::reverse(request.headers);
  RC_ASSERT(sign_v4(request, example_key(), {"r"}, kNow).signature == before);
}

}  // namespace
}  // namespace steward::objects
