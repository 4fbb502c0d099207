#include "objects/s3/lifecycle.hpp"

#include "objects/s3/lifecycle_text.hpp"
#include "objects/s3/s3_objects.hpp"
#include "objects/s3/s3_store.hpp"

namespace steward::objects {

namespace {

constexpr std::string_view kMinimumSize = "x-amz-transition-default-minimum-object-size";

class S3Lifecycle final : public BucketLifecycle {
 public:
  S3Lifecycle(S3Address address, const StoreOptions& options, S3Parts parts)
      : client_(std::move(address), options, std::move(parts)) {}

  Result<LifecycleState> read() override {
    auto outcome =
        client_.send({.method = "GET", .query = {{"lifecycle", ""}}}, [this](const net::HttpReply& reply) {
          // Half of the rules would be lost by a replace().
          const auto whole = reply.body.empty() ? fail(Code::corrupt, "the answer holds no lifecycle rules")
                                                : LifecycleText::parse(reply.body);
          return whole ? Judgement{} : unproved(place() + ": " + whole.error().text());
        });
    if (outcome.reply)
      return LifecycleState{outcome.reply->body, std::string(outcome.reply->header(kMinimumSize))};
    if (outcome.fault == "NoSuchLifecycleConfiguration") return LifecycleState{};
    return refusal(outcome, "read", "s3:GetLifecycleConfiguration");
  }

  Status replace(const LifecycleState& state) override {
    S3Request request{.method = "DELETE", .query = {{"lifecycle", ""}}};
    if (!state.xml.empty()) {
      request.method = "PUT";
      request.body = state.xml;
      request.body_hash = sha256(state.xml);
      request.headers = {{"Content-Type", "application/xml"},
                         {"Content-MD5", base64(md5(state.xml))},
                         {"x-amz-checksum-sha256", base64(bytes_of(*request.body_hash))}};
      if (!state.minimum_size.empty())
        request.headers.emplace_back(std::string(kMinimumSize), state.minimum_size);
    }
    const auto outcome = client_.send(request);
    if (outcome.reply) return {};
    return refusal(outcome, "set", "s3:PutLifecycleConfiguration");
  }

  std::string place() const override { return client_.address().place(); }
  std::string prefix() const override { return client_.address().prefix; }
  std::string region() const override { return client_.address().region; }
  bool amazon() const override { return client_.options().endpoint.empty(); }

 private:
  static std::unexpected<Error> refusal(const S3Outcome& outcome, std::string_view what,
                                        std::string_view permission) {
    if (outcome.fault == "NotImplemented")
      return fail(outcome.reply.error(), "this store has no lifecycle rules");
    const std::string missing =
        outcome.fault == "AccessDenied" ? fmt::format(" (the permission for it is {})", permission) : "";
    return fail(outcome.reply.error(), "the bucket's lifecycle rules cannot be {}{}", what, missing);
  }

  S3Client client_;
};

}  // namespace

Result<std::unique_ptr<BucketLifecycle>> open_lifecycle(std::string_view url, StoreOptions options) {
  if (!url.starts_with("s3://"))
    return fail(Code::invalid,
                "{} has no lifecycle rules: only an S3 bucket moves objects to cheaper classes", url);
  std::string region;
  S3Parts parts = usual_parts(options, region);
  auto address = s3_address(url.substr(5), options, region);
  if (!address) return std::unexpected(address.error());
  return std::make_unique<S3Lifecycle>(std::move(*address), options, std::move(parts));
}

}  // namespace steward::objects
