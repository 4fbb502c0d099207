#pragma once

#include <algorithm>
#include <ctime>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/http_caller.hpp"
#include "objects/digest.hpp"
#include "objects/s3/sigv4.hpp"
#include "objects/s3/times.hpp"

namespace steward::objects {

/// A request as the fake server has it: everything decoded, header names in small letters.
struct FakeRequest {
  std::string method;
  std::string path;
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;
  std::string body;

  bool asks(const std::string& name) const { return query.contains(name); }
  std::string header(const std::string& name) const {
    const auto at = headers.find(name);
    return at == headers.end() ? "" : at->second;
  }
  std::string parameter(const std::string& name) const {
    const auto at = query.find(name);
    return at == query.end() ? "" : at->second;
  }
  /// "PUT part", "POST complete", …: what tests name a fault's place by.
  std::string operation() const {
    if (asks("uploads")) return method + " uploads";
    if (asks("partNumber")) return "PUT part";
    if (asks("uploadId")) return method == "POST" ? "POST complete" : method + " upload";
    return method + (asks("list-type") ? " list" : "");
  }
};

struct FakeReply {
  int status = 200;
  Pairs headers;
  std::string body;
};

/// S3's semantics for one bucket in memory, for tests: what Amazon's API reference promises, and no more.
/// Guarded by its own mutex.
class FakeBucket {
 public:
  struct Object {
    std::string bytes;
    std::string etag;
    std::string token;
    std::string storage_class;
  };

  FakeReply handle(const FakeRequest& request);

  std::int64_t clock_offset_ns = 0;  ///< of the server's clock; set before use
  bool answers_checksums = true;
  std::map<std::string, Object> objects;
  int upload_count() {
    const std::scoped_lock lock(mutex_);
    return static_cast<int>(uploads_.size());
  }
  std::map<std::string, int> counts;  ///< of requests, by operation

 private:
  struct UploadState {
    std::string key;
    std::string token;
    std::map<int, std::string> parts;
  };
  static FakeReply error(int status, const std::string& code) {
    return {status,
            {{"Content-Type", "application/xml"}},
            "<?xml version=\"1.0\"?>\n<Error><Code>" + code + "</Code><Message>as tested</Message></Error>"};
  }
  static std::string md5_hex(const std::string& bytes) { return hex(md5(bytes)); }
  std::optional<FakeReply> refuse(const FakeRequest& request, const std::string& key) const;
  FakeReply put(const FakeRequest& request, const std::string& key);
  FakeReply put_part(const FakeRequest& request);
  FakeReply complete(const FakeRequest& request, const std::string& key);
  FakeReply get(const FakeRequest& request, const std::string& key) const;
  FakeReply list(const FakeRequest& request) const;
  FakeReply list_uploads(const FakeRequest& request) const;
  FakeReply list_parts(const FakeRequest& request) const;

  std::mutex mutex_;
  std::map<std::string, UploadState> uploads_;
  int made_ = 0;
};

inline std::optional<FakeReply> FakeBucket::refuse(const FakeRequest& request, const std::string& key) const {
  const auto at = objects.find(key);
  const std::string match = request.header("if-match");
  if (request.header("if-none-match") == "*" && at != objects.end()) return error(412, "PreconditionFailed");
  if (match.empty()) return std::nullopt;
  if (at == objects.end()) return error(404, "NoSuchKey");
  if ("\"" + at->second.etag + "\"" != match) return error(412, "PreconditionFailed");
  return std::nullopt;
}

inline FakeReply FakeBucket::put(const FakeRequest& request, const std::string& key) {
  if (auto refused = refuse(request, key)) return *refused;
  const std::string etag = md5_hex(request.body);
  objects[key] = {request.body, etag, request.header("x-amz-meta-steward-write"),
                  request.header("x-amz-storage-class")};
  FakeReply reply{200, {{"ETag", "\"" + etag + "\""}}, ""};
  if (answers_checksums)
    reply.headers.emplace_back("x-amz-checksum-sha256", base64(bytes_of(sha256(request.body))));
  return reply;
}

inline FakeReply FakeBucket::put_part(const FakeRequest& request) {
  const auto at = uploads_.find(request.parameter("uploadId"));
  if (at == uploads_.end()) return error(404, "NoSuchUpload");
  at->second.parts[std::stoi(request.parameter("partNumber"))] = request.body;
  FakeReply reply{200, {{"ETag", "\"" + md5_hex(request.body) + "\""}}, ""};
  if (answers_checksums)
    reply.headers.emplace_back("x-amz-checksum-sha256", base64(bytes_of(sha256(request.body))));
  return reply;
}

inline FakeReply FakeBucket::complete(const FakeRequest& request, const std::string& key) {
  const auto at = uploads_.find(request.parameter("uploadId"));
  if (at == uploads_.end()) return error(404, "NoSuchUpload");
  if (auto refused = refuse(request, key)) return *refused;
  std::string bytes;
  std::string hashes;
  int count = 0;
  for (const auto& [number, part] : at->second.parts) {
    const std::string named =
        "<PartNumber>" + std::to_string(number) + "</PartNumber><ETag>\"" + md5_hex(part);
    if (request.body.find(named) == std::string::npos) continue;
    bytes += part;
    hashes += md5(part);
    ++count;
  }
  if (count == 0) return error(400, "InvalidPart");
  const std::string etag = hex(md5(hashes)) + "-" + std::to_string(count);
  objects[key] = {bytes, etag, at->second.token, ""};
  uploads_.erase(at);
  return {200,
          {{"Content-Type", "application/xml"}},
          "<?xml version=\"1.0\"?>\n<CompleteMultipartUploadResult "
          "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Key>" +
              key + "</Key><ETag>&quot;" + etag + "&quot;</ETag></CompleteMultipartUploadResult>"};
}

inline FakeReply FakeBucket::get(const FakeRequest& request, const std::string& key) const {
  const auto at = objects.find(key);
  if (at == objects.end()) return error(404, "NoSuchKey");
  const Object& object = at->second;
  const std::string match = request.header("if-match");
  if (!match.empty() && match != "\"" + object.etag + "\"") return error(412, "PreconditionFailed");
  FakeReply reply{
      200, {{"ETag", "\"" + object.etag + "\""}, {"x-amz-meta-steward-write", object.token}}, object.bytes};
  if (!object.storage_class.empty()) reply.headers.emplace_back("x-amz-storage-class", object.storage_class);
  if (object.storage_class == "GLACIER" && request.method == "GET") return error(403, "InvalidObjectState");
  std::size_t first = 0;
  std::size_t last = 0;
  if (std::sscanf(request.header("range").c_str(), "bytes=%zu-%zu", &first, &last) != 2) return reply;
  if (first >= object.bytes.size()) return error(416, "InvalidRange");
  last = std::min(last, object.bytes.size() - 1);
  reply.status = 206;
  reply.body = object.bytes.substr(first, last - first + 1);
  reply.headers.emplace_back("Content-Range",
                             fmt::format("bytes {}-{}/{}", first, last, object.bytes.size()));
  return reply;
}

/// As S3 writes it. All it holds was made a moment ago.
inline std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000Z", &parts)};
}

inline FakeReply FakeBucket::list(const FakeRequest& request) const {
  const std::string prefix = request.parameter("prefix");
  const std::string after = request.parameter("start-after");
  const auto most = std::stoul(request.parameter("max-keys"));
  std::string items;
  std::size_t count = 0;
  bool more = false;
  for (const auto& [key, object] : objects) {
    if (!key.starts_with(prefix) || key <= after) continue;
    more = count == most;
    if (more) break;
    ++count;
    items += fmt::format(
        "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>&quot;{}&quot;</ETag><Size>{}</Size>"
        "</Contents>",
        key, utc_now(), object.etag, object.bytes.size());
  }
  return {200,
          {},
          fmt::format("<ListBucketResult><IsTruncated>{}</IsTruncated>{}</ListBucketResult>", more, items)};
}

inline FakeReply FakeBucket::list_uploads(const FakeRequest& request) const {
  std::string items;
  for (const auto& [id, upload] : uploads_) {
    if (!upload.key.starts_with(request.parameter("prefix"))) continue;
    items += fmt::format("<Upload><Key>{}</Key><UploadId>{}</UploadId><Initiated>{}</Initiated></Upload>",
                         upload.key, id, utc_now());
  }
  return {200,
          {},
          "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>" + items +
              "</ListMultipartUploadsResult>"};
}

inline FakeReply FakeBucket::list_parts(const FakeRequest& request) const {
  const auto at = uploads_.find(request.parameter("uploadId"));
  if (at == uploads_.end()) return error(404, "NoSuchUpload");
  std::string items;
  for (const auto& [number, part] : at->second.parts) {
    items += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>\"{}\"</ETag><Size>{}</Size>", number,
                         md5_hex(part), part.size());
    if (answers_checksums) items += "<ChecksumSHA256>" + base64(bytes_of(sha256(part))) + "</ChecksumSHA256>";
    items += "</Part>";
  }
  return {200, {}, "<ListPartsResult><IsTruncated>false</IsTruncated>" + items + "</ListPartsResult>"};
}

inline FakeReply FakeBucket::handle(const FakeRequest& request) {
  const std::scoped_lock lock(mutex_);
  ++counts[request.operation()];
  constexpr std::string_view kBucket = "/bucket";
  if (!request.path.starts_with(kBucket)) return error(404, "NoSuchBucket");
  const std::string key = request.path.size() > 8 ? request.path.substr(8) : "";
  const auto sent = parse_utc([&] {
    std::string date = request.header("x-amz-date");  // 20150830T123600Z
    if (date.size() == 16) {
      for (const std::size_t at : {13, 11}) date.insert(at, ":");
      for (const std::size_t at : {6, 4}) date.insert(at, "-");
    }
    return date;
  }());
  const WallNs now = SystemClock().wall() + clock_offset_ns;
  if (!sent || std::abs(*sent - now) > 15 * 60 * kSecond) return error(403, "RequestTimeTooSkewed");
  const std::string operation = request.operation();
  if (operation == "POST uploads") {
    const std::string id = fmt::format("upload-{}", ++made_);
    uploads_[id] = {key, request.header("x-amz-meta-steward-write"), {}};
    return {200,
            {},
            "<InitiateMultipartUploadResult><UploadId>" + id + "</UploadId></InitiateMultipartUploadResult>"};
  }
  if (operation == "GET uploads") return list_uploads(request);
  if (operation == "PUT part") return put_part(request);
  if (operation == "POST complete") return complete(request, key);
  if (operation == "GET upload") return list_parts(request);
  if (operation == "DELETE upload")
    return uploads_.erase(request.parameter("uploadId")) == 0 ? error(404, "NoSuchUpload")
                                                              : FakeReply{204, {}, ""};
  if (operation == "GET list") return list(request);
  if (operation == "PUT") return put(request, key);
  if (operation == "DELETE") return objects.erase(key), FakeReply{204, {}, ""};
  return get(request, key);
}

}  // namespace steward::objects
