#include "objects/s3/lifecycle.hpp"

#include "objects/s3/s3_objects.hpp"
#include "objects/s3/s3_store.hpp"

namespace steward::objects {

namespace {

class S3Lifecycle final : public BucketLifecycle {
 public:
  S3Lifecycle(S3Address address, const StoreOptions& options, S3Parts parts)
      : client_(std::move(address), options, std::move(parts)) {}

  Result<std::string> read() override {
    auto outcome =
        client_.send({.method = "GET", .query = {{"lifecycle", ""}}}, [this](const net::HttpReply& reply) {
          // The rules themselves are the caller's to read; half of them would be lost by a replace().
          const bool whole = reply.body.find("</LifecycleConfiguration>") != std::string::npos;
          return whole ? Judgement{}
                       : unproved(client_.address().place() + ": the answer holds no lifecycle rules");
        });
    if (outcome.reply) return std::move(outcome.reply->body);
    if (outcome.fault == "NoSuchLifecycleConfiguration") return std::string();
    return std::unexpected(outcome.reply.error());
  }

  Status replace(std::string_view xml) override {
    const Sha256 hash = sha256(xml);
    const auto outcome = client_.send({.method = "PUT",
                                       .query = {{"lifecycle", ""}},
                                       .headers = {{"Content-Type", "application/xml"},
                                                   {"Content-MD5", base64(md5(xml))},
                                                   {"x-amz-checksum-sha256", base64(bytes_of(hash))}},
                                       .body = xml,
                                       .body_hash = hash});
    if (outcome.reply) return {};
    return std::unexpected(outcome.reply.error());
  }

 private:
  S3Client client_;
};

}  // namespace

Result<std::unique_ptr<BucketLifecycle>> open_lifecycle(std::string_view url, StoreOptions options) {
  if (!url.starts_with("s3://")) return fail(Code::invalid, "{}: only an S3 bucket has lifecycle rules", url);
  std::string region;
  S3Parts parts = usual_parts(options, region);
  auto address = s3_address(url.substr(5), options, region);
  if (!address) return std::unexpected(address.error());
  return std::make_unique<S3Lifecycle>(std::move(*address), options, std::move(parts));
}

}  // namespace steward::objects
