#include "objects/s3/s3_objects.hpp"

#include <charconv>

#include "objects/digest.hpp"
#include "objects/s3/multipart.hpp"
#include "objects/s3/times.hpp"

namespace steward::objects {

namespace {

std::optional<std::int64_t> length_of(const net::HttpReply& reply) {
  const std::string_view text = reply.header("content-length");
  std::int64_t value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// Amazon S3 API reference, HeadObject: x-amz-restore of an object that was fetched from its archive says
/// ongoing-request="false".
bool is_archived(const net::HttpReply& reply) {
  const bool cold =
      is_archive_class(reply.header("x-amz-storage-class")) || !reply.header("x-amz-archive-status").empty();
  return cold && reply.header("x-amz-restore").find("ongoing-request=\"false\"") == std::string_view::npos;
}

}  // namespace

Judgement unproved(std::string message) {
  return {.verdict = Verdict::transient, .doubtful = true, .error = Error(Code::corrupt, std::move(message))};
}

bool contradicts(const net::HttpReply& reply, const std::string& checksum) {
  const std::string_view echoed = reply.header("x-amz-checksum-sha256");
  return !echoed.empty() && echoed != checksum;
}

bool proves(const net::HttpReply& reply, std::string_view body, const std::string& checksum) {
  if (reply.header("x-amz-server-side-encryption").starts_with("aws:kms") &&
      reply.header("x-amz-checksum-sha256") == checksum)
    return true;
  return unquoted(reply.header("etag")) == hex(md5(body));
}

Pairs S3Objects::creation_headers(const PutOptions& options, const std::string& token) const {
  Pairs headers{{"Content-Type", "application/octet-stream"}, {std::string(kTokenHeader), token}};
  const StoreOptions& usual = client_.options();
  const std::string& storage = options.storage_class.empty() ? usual.storage_class : options.storage_class;
  if (!storage.empty()) headers.emplace_back("x-amz-storage-class", storage);
  if (!usual.encryption.empty()) headers.emplace_back("x-amz-server-side-encryption", usual.encryption);
  if (!usual.kms_key.empty())
    headers.emplace_back("x-amz-server-side-encryption-aws-kms-key-id", usual.kms_key);
  return headers;
}

Pairs S3Objects::condition_headers(const PutOptions& options) {
  if (options.if_absent) return {{"If-None-Match", "*"}};
  if (!options.if_match.empty()) return {{"If-Match", "\"" + options.if_match + "\""}};
  return {};
}

Error S3Objects::refusal(const S3Outcome& outcome, const PutOptions& options) {
  const Error& error = outcome.reply.error();
  if (options.if_match.empty() || outcome.fault != "NoSuchKey") return error;
  return {Code::conflict, "the object whose version was expected is gone", error};
}

Result<S3Head> S3Objects::head(const std::string& key) {
  const auto outcome = client_.send({.method = "HEAD", .key = key}, [&](const net::HttpReply& reply) {
    const bool whole = length_of(reply) && !reply.header("etag").empty();
    return whole ? Judgement{} : unproved(client_.name_of(key) + ": the store says no size or no etag");
  });
  if (!outcome.reply) return std::unexpected(outcome.reply.error());
  const net::HttpReply& reply = *outcome.reply;
  return S3Head{.info = {.key = key,
                         .size = length_of(reply).value_or(0),
                         .etag = unquoted(reply.header("etag")),
                         .modified = parse_http_date(reply.header("last-modified")).value_or(0),
                         .storage_class = std::string(reply.header("x-amz-storage-class")),
                         .archived = is_archived(reply)},
                .token = std::string(reply.header(kTokenHeader))};
}

Result<ObjectInfo> S3Objects::confirm(const std::string& key, const std::string& token, std::int64_t size,
                                      const std::string& etag) {
  auto found = head(key);
  if (!found)
    return fail(found.error(), "{}: it cannot be confirmed that it was written", client_.name_of(key));
  const bool same =
      found->token == token && found->info.size == size && (etag.empty() || etag == found->info.etag);
  if (same) return std::move(found->info);
  return fail(Code::corrupt, "{}: the store said it was written, but has something else",
              client_.name_of(key));
}

Result<ObjectInfo> S3Objects::put(const std::string& key, std::string_view bytes, const PutOptions& options) {
  const std::string token = client_.token();
  const Sha256 hash = sha256(bytes);
  const std::string checksum = base64(bytes_of(hash));
  S3Request request{.method = "PUT",
                    .key = key,
                    .headers = creation_headers(options, token),
                    .body = bytes,
                    .body_hash = hash};
  if (client_.options().checksums) request.headers.emplace_back("x-amz-checksum-sha256", checksum);
  for (auto& header : condition_headers(options)) request.headers.push_back(std::move(header));
  const auto outcome = client_.send(request, [&](const net::HttpReply& reply) {
    const bool good = !unquoted(reply.header("etag")).empty() && !contradicts(reply, checksum);
    return good ? Judgement{} : unproved(client_.name_of(key) + ": the store does not say what it stored");
  });
  const auto size = static_cast<std::int64_t>(bytes.size());
  if (!outcome.reply) {
    const Error error = refusal(outcome, options);
    if (!outcome.doubtful || error.code() != Code::conflict) return std::unexpected(error);
    // The condition may have been broken by our own attempt whose answer was lost.
    auto found = head(key);
    if (found && found->token == token && found->info.size == size) return std::move(found->info);
    return std::unexpected(error);
  }
  const std::string etag = unquoted(outcome.reply->header("etag"));
  if (!proves(*outcome.reply, bytes, checksum)) return confirm(key, token, size, etag);
  const std::string& storage =
      options.storage_class.empty() ? client_.options().storage_class : options.storage_class;
  return ObjectInfo{.key = key,
                    .size = size,
                    .etag = etag,
                    .modified = parse_http_date(outcome.reply->header("date")).value_or(client_.now()),
                    .storage_class = storage};
}

Status S3Objects::abort(const std::string& key, const std::string& upload) {
  const auto outcome = client_.send({.method = "DELETE", .key = key, .query = {{"uploadId", upload}}});
  if (outcome.reply || outcome.fault == "NoSuchUpload") return {};
  return std::unexpected(outcome.reply.error());
}

}  // namespace steward::objects
