#include "objects/s3/s3_writer.hpp"

#include <algorithm>

#include "objects/digest.hpp"

namespace steward::objects {

S3Writer::S3Writer(S3Client& client, std::string key, WriteOptions options)
    : client_(client),
      objects_(client),
      key_(std::move(key)),
      options_(std::move(options)),
      stop_with_store_(client.options().stop, [this] { stop_.request_stop(); }) {}

S3Writer::~S3Writer() {
  stop_.request_stop();
  under_way_.clear();  // each waits for its thread
}

Status S3Writer::failed(const Error& error) {
  if (!error_) error_ = error;
  stop_.request_stop();
  return std::unexpected(*error_);
}

Status S3Writer::write(std::string_view bytes) {
  if (error_) return std::unexpected(*error_);
  const auto part = static_cast<std::size_t>(client_.options().part_size);
  while (!bytes.empty()) {
    if (buffer_.size() == part) {
      if (Status sent = flush(); !sent) return failed(sent.error());
    }
    if (buffer_.capacity() < part) buffer_.reserve(part);
    const std::size_t count = std::min(bytes.size(), part - buffer_.size());
    buffer_.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
  }
  return {};
}

Status S3Writer::create() {
  token_ = client_.token();
  S3Request request{.method = "POST",
                    .key = key_,
                    .query = {{"uploads", ""}},
                    .headers = objects_.creation_headers(options_, token_),
                    .stop = stop_.get_token()};
  if (client_.options().checksums) request.headers.emplace_back("x-amz-checksum-algorithm", "SHA256");
  const auto outcome = client_.send(request, [&](const net::HttpReply& reply) {
    return parse_created(reply.body) ? Judgement{}
                                     : unproved(client_.name_of(key_) + ": the store names no upload");
  });
  if (!outcome.reply) return std::unexpected(outcome.reply.error());
  upload_ = parse_created(outcome.reply->body).value_or("");
  return {};
}

Result<bool> S3Writer::resume() {
  std::vector<StoredPart> stored;
  for (int after = 0;;) {
    const S3Request request{
        .method = "GET",
        .key = key_,
        .query = {{"uploadId", options_.resume}, {"part-number-marker", std::to_string(after)}},
        .stop = stop_.get_token()};
    const auto outcome = client_.send(request, [&](const net::HttpReply& reply) {
      const auto page = parse_parts(reply.body);
      return page ? Judgement{} : unproved(client_.name_of(key_) + ": " + page.error().message());
    });
    if (!outcome.reply && outcome.fault == "NoSuchUpload") return false;
    if (!outcome.reply) return std::unexpected(outcome.reply.error());
    auto page = parse_parts(outcome.reply->body);
    if (!page) return std::unexpected(page.error());
    std::ranges::move(page->parts, std::back_inserter(stored));
    if (!page->more) break;
    if (page->next <= after)
      return fail(Code::corrupt, "{}: the listing of its parts does not go on", client_.name_of(key_));
    after = page->next;
  }
  upload_ = options_.resume;
  parts_ = Multipart(std::move(stored));
  return true;
}

Status S3Writer::begin() {
  if (!options_.resume.empty()) {
    const auto resumed = resume();
    if (!resumed) return std::unexpected(resumed.error());
    if (*resumed) return {};
  }
  return create();
}

Result<S3Writer::Sent> S3Writer::send_part(int number, const std::string& bytes) {
  const Sha256 hash = sha256(bytes);
  const std::string checksum = base64(bytes_of(hash));
  S3Request request{.method = "PUT",
                    .key = key_,
                    .query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_}},
                    .headers = {{"Content-Type", "application/octet-stream"}},
                    .body = bytes,
                    .body_hash = hash,
                    .stop = stop_.get_token()};
  if (client_.options().checksums) request.headers.emplace_back("x-amz-checksum-sha256", checksum);
  const auto outcome = client_.send(request, [&](const net::HttpReply& reply) {
    const bool named = !unquoted(reply.header("etag")).empty() && !contradicts(reply, checksum);
    // Where neither a checksum came back nor the etag is encrypted, the etag has to be the bytes' MD5.
    const bool silent =
        reply.header("x-amz-checksum-sha256").empty() && reply.header("x-amz-server-side-encryption").empty();
    if (named && (!silent || proves(reply, bytes, checksum))) return Judgement{};
    return unproved(
        fmt::format("{}: the store does not say what it stored of part {}", client_.name_of(key_), number));
  });
  if (!outcome.reply) return std::unexpected(outcome.reply.error());
  return Sent{number, static_cast<std::int64_t>(bytes.size()), unquoted(outcome.reply->header("etag")),
              checksum};
}

Status S3Writer::collect_oldest() {
  auto sent = under_way_.front().get();
  under_way_.pop_front();
  if (!sent) return std::unexpected(sent.error());
  parts_.uploaded(sent->number, sent->size, std::move(sent->etag), std::move(sent->checksum));
  return {};
}

Status S3Writer::flush() {
  if (upload_.empty()) {
    if (Status begun = begin(); !begun) return begun;
  }
  const auto number = parts_.next();
  if (!number) return fail(number.error(), "{}", client_.name_of(key_));
  std::string bytes = std::exchange(buffer_, {});
  if (parts_.already_stored(*number, bytes)) {
    bytes.clear();
    buffer_ = std::move(bytes);  // its memory
    return {};
  }
  while (under_way_.size() >= static_cast<std::size_t>(client_.options().parallel_parts)) {
    if (Status good = collect_oldest(); !good) return good;
  }
  under_way_.push_back(std::async(std::launch::async, [this, part = *number, bytes = std::move(bytes)] {
    return send_part(part, bytes);
  }));
  return {};
}

Result<ObjectInfo> S3Writer::put_whole() {
  auto info = objects_.put(key_, buffer_, options_);
  if (info && !options_.resume.empty()) static_cast<void>(objects_.abort(key_, options_.resume));
  return info;
}

Result<ObjectInfo> S3Writer::finish() {
  if (error_) return std::unexpected(*error_);
  if (upload_.empty()) return put_whole();
  Status good = flush();
  while (good && !under_way_.empty()) good = collect_oldest();
  if (!good) return std::unexpected(failed(good.error()).error());
  return complete();
}

Result<ObjectInfo> S3Writer::complete() {
  const std::string body = parts_.completion(client_.options().checksums);
  S3Request request{.method = "POST",
                    .key = key_,
                    .query = {{"uploadId", upload_}},
                    .headers = S3Objects::condition_headers(options_),
                    .body = body,
                    .patient = true,
                    .stop = stop_.get_token()};
  request.headers.emplace_back("Content-Type", "application/xml");
  const auto outcome = client_.send(request, [&](const net::HttpReply& reply) {
    const std::string what = client_.name_of(key_) + ": cannot be completed";
    if (const S3Fault fault = parse_fault(reply.body); !fault.code.empty())
      return judge_fault(reply.status, fault, what);
    const auto etag = parse_completed(reply.body);
    return etag ? Judgement{} : unproved(what + ": " + etag.error().message());
  });
  if (outcome.reply) return confirm(parse_completed(outcome.reply->body).value_or(""));
  const Error error = S3Objects::refusal(outcome, options_);
  const bool gone = outcome.fault == "NoSuchUpload" || error.code() == Code::conflict;
  if (outcome.doubtful && gone) {
    // The upload may have ended with our own attempt whose answer was lost.
    if (auto info = confirm(""); info) return info;
  }
  return std::unexpected(error);
}

/// HEAD agrees that the object is made of our parts.
Result<ObjectInfo> S3Writer::confirm(const std::string& etag) {
  auto found = objects_.head(key_);
  if (!found)
    return fail(found.error(), "{}: it cannot be confirmed that it was written", client_.name_of(key_));
  const bool ours = (!token_.empty() && found->token == token_) || found->info.etag == parts_.expected_etag();
  const bool same = found->info.size == parts_.size() && (etag.empty() || etag == found->info.etag);
  if (ours && same) return std::move(found->info);
  return fail(Code::corrupt, "{}: the store said it was written, but has something else",
              client_.name_of(key_));
}

Status S3Writer::abort() {
  stop_.request_stop();
  under_way_.clear();
  buffer_.clear();
  if (!error_) error_ = Error(Code::cancelled, client_.name_of(key_) + ": was aborted");
  if (upload_.empty()) return {};
  return objects_.abort(key_, upload_);
}

}  // namespace steward::objects
