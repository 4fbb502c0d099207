#include "objects/s3/credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>

#include "objects/s3/credential_answers.hpp"
#include "os/files.hpp"

namespace steward::objects {
namespace {

using ::testing::HasSubstr;

/// Answers by method and URL; what it does not know hangs.
class ScriptedHttp final : public net::HttpCaller {
 public:
  Result<net::HttpReply> call(const net::HttpCall& call) override {
    calls.push_back(call.method + " " + call.url);
    headers.push_back(call.headers);
    const auto at = answers.find(calls.back());
    if (at == answers.end()) return fail(Code::timeout, "{}: no answer in time", call.place);
    return at->second;
  }
  std::map<std::string, net::HttpReply> answers;
  std::vector<std::string> calls;
  std::vector<std::vector<std::pair<std::string, std::string>>> headers;
};

constexpr std::string_view kJson =
    R"({"Code":"Success","AccessKeyId":"ASIA1","SecretAccessKey":"s3cret","Token":"tok",
  "Expiration":"2026-11-25T09:00:00Z","LastUpdated":"2026-11-25T03:00:00Z"})";

class FindCredentials : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/steward-aws-XXXXXX";
    ASSERT_NE(nullptr, ::mkdtemp(path));
    home_ = path;
    std::filesystem::create_directory(home_ + "/.aws");
    env_["HOME"] = home_;
    around_.env = [this](const char* name) { return env_[name]; };
    around_.http = &http_;
  }
  void TearDown() override { std::filesystem::remove_all(home_); }
  void write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(replace_file(home_ + "/.aws/" + name, text));
  }

  std::string home_;
  std::map<std::string, std::string> env_;
  ScriptedHttp http_;
  CredentialSurroundings around_;
};

TEST_F(FindCredentials, TheEnvironmentComesFirst) {
  env_["AWS_ACCESS_KEY_ID"] = "AKIA1";
  env_["AWS_SECRET_ACCESS_KEY"] = "s";
  env_["AWS_SESSION_TOKEN"] = "t";
  write("credentials", "[default]\naws_access_key_id=AKIA2\naws_secret_access_key=x\n");
  const auto found = find_credentials(around_);
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ("AKIA1", found->key.access_key);
  EXPECT_EQ("t", found->key.token.reveal());
  EXPECT_TRUE(http_.calls.empty());
}

TEST_F(FindCredentials, HalfAnEnvironmentIsAnError) {
  env_["AWS_ACCESS_KEY_ID"] = "AKIA1";
  EXPECT_EQ(Code::denied, find_credentials(around_).error().code());
}

TEST_F(FindCredentials, TheProfileOfTheFiles) {
  write("credentials",
        "# comment\n[default]\naws_access_key_id = AKIA2\naws_secret_access_key = a=b/c+d\n\n[other]\n"
        "aws_access_key_id=AKIA3\naws_secret_access_key=z\n");
  EXPECT_EQ("a=b/c+d", find_credentials(around_)->key.secret_key.reveal());
  env_["AWS_PROFILE"] = "other";
  EXPECT_EQ("AKIA3", find_credentials(around_)->key.access_key);
  env_["AWS_ACCESS_KEY_ID"] = env_["AWS_SECRET_ACCESS_KEY"] = "environment";
  around_.profile = "default";  // asked for by name: before the environment
  EXPECT_EQ("AKIA2", find_credentials(around_)->key.access_key);
  around_.profile = "nobody";
  EXPECT_THAT(find_credentials(around_).error().text(), HasSubstr("nobody"));
}

TEST_F(FindCredentials, TheConfigFileNamesProfilesAndTheRegion) {
  write("config",
        "[profile live]\nregion = eu-west-1\naws_access_key_id = AKIA4\naws_secret_access_key = y\ns3 =\n  "
        "max_concurrent_requests = 20\n");
  around_.profile = "live";
  EXPECT_EQ("AKIA4", find_credentials(around_)->key.access_key);
  EXPECT_EQ("eu-west-1", configured_region(around_));
  env_["AWS_REGION"] = "us-west-2";
  EXPECT_EQ("us-west-2", configured_region(around_));
}

TEST_F(FindCredentials, ABrokenFileIsNamedWithItsLineAndNotItsText) {
  write("credentials", "[default]\nsecretpassword\n");
  const auto found = find_credentials(around_);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().text(), HasSubstr("line 2"));
  EXPECT_THAT(found.error().text(), ::testing::Not(HasSubstr("secretpassword")));
}

TEST_F(FindCredentials, TheContainersEndpointWithItsToken) {
  env_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/1";
  env_["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "bearer";
  http_.answers["GET http://169.254.170.2/v2/credentials/1"] = {200, {}, std::string(kJson)};
  const auto found = find_credentials(around_);
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ("ASIA1", found->key.access_key);
  EXPECT_EQ(1'795'597'200 * kSecond, found->expires);
  EXPECT_EQ("bearer", http_.headers[0].at(0).second);
}

TEST_F(FindCredentials, AContainersEndpointElsewhereIsNotAsked) {
  env_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://evil.example/";
  EXPECT_EQ(Code::denied, find_credentials(around_).error().code());
  EXPECT_TRUE(http_.calls.empty());
}

TEST_F(FindCredentials, TheInstanceByImdsV2) {
  const std::string base = "http://169.254.169.254/latest/";
  http_.answers["PUT " + base + "api/token"] = {200, {}, "imds-token"};
  http_.answers["GET " + base + "meta-data/iam/security-credentials/"] = {200, {}, "trading role\n"};
  http_.answers["GET " + base + "meta-data/iam/security-credentials/trading%20role"] = {
      200, {}, std::string(kJson)};
  const auto found = find_credentials(around_);
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ("s3cret", found->key.secret_key.reveal());
  EXPECT_EQ("imds-token", http_.headers.back().at(0).second);
}

TEST_F(FindCredentials, ImdsIsNeverAskedWithoutAToken) {
  const auto found = find_credentials(around_);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().text(), HasSubstr("no AWS credentials"));
  for (const std::string& call : http_.calls) EXPECT_TRUE(call.starts_with("PUT ")) << call;
  http_.calls.clear();
  env_["AWS_EC2_METADATA_DISABLED"] = "true";
  EXPECT_FALSE(find_credentials(around_));
  EXPECT_TRUE(http_.calls.empty());
}

TEST(CredentialAnswers, BrokenOnesAreRefusedWithoutTheirText) {
  for (const char* json :
       {"", "{}", "[]", "{\"AccessKeyId\":\"a\"}", "{\"AccessKeyId\":1,\"SecretAccessKey\":\"hush\"}",
        "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"hush\",\"Expiration\":\"soon\"}"}) {
    const auto found = parse_credentials(json);
    ASSERT_FALSE(found) << json;
    EXPECT_THAT(found.error().text(), ::testing::Not(HasSubstr("hush")));
  }
}

TEST(CredentialAnswers, OnlyNearEndpointsAreTrustedWithoutTls) {
  for (const char* url :
       {"https://example.com/x", "http://127.0.0.1:51679/c", "http://169.254.170.23/v1/credentials",
        "http://[fd00:ec2::23]/v1", "http://localhost/x"})
    EXPECT_TRUE(is_trusted_endpoint(url)) << url;
  for (const char* url :
       {"http://example.com", "http://127.0.0.1.evil.example/", "http://localhost@evil.example/",
        "ftp://127.0.0.1/", "", "http://169.254.169.254/"})
    EXPECT_FALSE(is_trusted_endpoint(url)) << url;
}

TEST(CredentialCache, RenewsBeforeTheEndAndKeepsTheOldWhileTheyAreGood) {
  int asked = 0;
  bool down = false;
  CredentialCache cache([&]() -> Result<Credentials> {
    ++asked;
    if (down) return fail(Code::unavailable, "down");
    return Credentials{.key = {fmt::format("K{}", asked), Secret("s"), {}}, .expires = 3600 * kSecond};
  });
  EXPECT_EQ("K1", cache.get(0).value()->key.access_key);
  EXPECT_EQ("K1", cache.get(3000 * kSecond).value()->key.access_key);
  down = true;
  EXPECT_EQ("K1", cache.get(3400 * kSecond).value()->key.access_key);
  EXPECT_FALSE(cache.get(3600 * kSecond));
  down = false;
  EXPECT_EQ("K4", cache.get(3400 * kSecond).value()->key.access_key);
  cache.reject();
  EXPECT_EQ("K5", cache.get(0).value()->key.access_key);
}

}  // namespace
}  // namespace steward::objects
