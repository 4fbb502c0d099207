#include "objects/s3/s3_store.hpp"

#include <algorithm>

#include "objects/s3/s3_objects.hpp"
#include "objects/s3/s3_writer.hpp"

namespace steward::objects {

namespace {

constexpr std::int64_t kMostPut = 64 << 20;

class S3Store final : public ObjectStore {
 public:
  S3Store(S3Address address, const StoreOptions& options, S3Parts parts)
      : client_(std::move(address), options, std::move(parts)), objects_(client_) {}

  std::string place() const override { return client_.address().place(); }
  Result<ObjectInfo> put(std::string_view key, std::string_view bytes, const PutOptions& options) override;
  Result<std::unique_ptr<ObjectWriter>> create(std::string_view key, const WriteOptions& options) override;
  Result<ObjectInfo> head(std::string_view key) override;
  Result<std::string> read(std::string_view key, std::int64_t offset, std::int64_t length,
                           std::string_view etag) override;
  Result<ObjectPage> list(std::string_view prefix, std::string_view after, int most) override;
  Status remove(std::string_view key) override;
  Result<std::vector<Upload>> uploads(std::string_view prefix) override;
  Status abort(const Upload& upload) override;

 private:
  const std::string& prefix() const { return client_.address().prefix; }
  std::string whole(std::string_view key) const { return prefix() + std::string(key); }
  /// The key without the store's prefix.
  Result<ObjectInfo> own(Result<ObjectInfo> info) const {
    if (info) info->key.erase(0, prefix().size());
    return info;
  }
  Result<Listing> list_page(std::string_view prefix, const std::string& after, int most);

  S3Client client_;
  S3Objects objects_;
};

Result<ObjectInfo> S3Store::put(std::string_view key, std::string_view bytes, const PutOptions& options) {
  if (Status good = check_put(key, options); !good) return std::unexpected(good.error());
  if (static_cast<std::int64_t>(bytes.size()) > kMostPut)
    return fail(Code::invalid, "{}: more than 64 MiB cannot be put at once: create() a stream", whole(key));
  return own(objects_.put(whole(key), bytes, options));
}

/// Gives the writer's results without the store's prefix.
class OwnKeyWriter final : public ObjectWriter {
 public:
  OwnKeyWriter(S3Client& client, std::string_view key, const WriteOptions& options)
      : key_(key), writer_(client, client.address().prefix + key_, options) {}
  Status write(std::string_view bytes) override { return writer_.write(bytes); }
  Result<ObjectInfo> finish() override {
    auto info = writer_.finish();
    if (info) info->key = key_;
    return info;
  }
  Status abort() override { return writer_.abort(); }
  std::string upload_id() const override { return writer_.upload_id(); }

 private:
  std::string key_;
  S3Writer writer_;
};

Result<std::unique_ptr<ObjectWriter>> S3Store::create(std::string_view key, const WriteOptions& options) {
  if (Status good = check_put(key, options); !good) return std::unexpected(good.error());
  return std::make_unique<OwnKeyWriter>(client_, key, options);
}

Result<ObjectInfo> S3Store::head(std::string_view key) {
  if (Status good = check_key(key); !good) return std::unexpected(good.error());
  auto found = objects_.head(whole(key));
  if (!found) return std::unexpected(found.error());
  return own(std::move(found->info));
}

/// What Content-Range must say of `length` bytes from `offset`: "bytes 0-9/100".
Judgement judge_range(const net::HttpReply& reply, std::int64_t offset, std::int64_t length,
                      const std::string& name) {
  const auto size = static_cast<std::int64_t>(reply.body.size());
  std::int64_t total = 0;
  if (reply.status == 206) {
    const std::string range(reply.header("content-range"));
    long long first = 0;
    long long last = 0;
    long long all = 0;
    int end = 0;
    const int fields = std::sscanf(range.c_str(), "bytes %lld-%lld/%lld%n", &first, &last, &all, &end);
    const bool good = fields == 3 && end == static_cast<int>(range.size()) && first == offset &&
                      last - first + 1 == size && all > last;
    if (!good) return unproved(fmt::format("{}: {} bytes came with the range {:?}", name, size, range));
    total = all;
  } else {
    // The whole object: only an answer to a read from its start.
    if (offset != 0 || reply.header("content-length") != std::to_string(size))
      return unproved(fmt::format("{}: the store ignores ranges, or its answer is not whole", name));
    total = size;
  }
  if (size == std::min(length, total - offset)) return {};
  return unproved(fmt::format("{}: {} bytes came of the {} from {}", name, size, length, offset));
}

Result<std::string> S3Store::read(std::string_view key, std::int64_t offset, std::int64_t length,
                                  std::string_view etag) {
  for (const Status& good : {check_key(key), check_range(offset, length)}) {
    if (!good) return std::unexpected(good.error());
  }
  const std::string name = client_.name_of(whole(key));
  S3Request request{.method = "GET", .key = whole(key)};
  // No range says "nothing": one byte is asked for, and dropped.
  const std::int64_t wanted = std::max<std::int64_t>(length, 1);
  request.headers.emplace_back("Range", fmt::format("bytes={}-{}", offset, offset + wanted - 1));
  if (!etag.empty()) request.headers.emplace_back("If-Match", fmt::format("\"{}\"", etag));
  request.most_bytes = static_cast<std::size_t>(wanted) + (64 << 10);
  auto outcome = client_.send(request, [&](const net::HttpReply& reply) {
    if (!etag.empty() && unquoted(reply.header("etag")) != etag)
      return unproved(name + ": the store sends another version than was asked for");
    return judge_range(reply, offset, wanted, name);
  });
  if (!outcome.reply && outcome.fault == "InvalidRange") return std::string();
  if (!outcome.reply) return std::unexpected(outcome.reply.error());
  outcome.reply->body.resize(std::min(outcome.reply->body.size(), static_cast<std::size_t>(length)));
  return std::move(outcome.reply->body);
}

Result<Listing> S3Store::list_page(std::string_view text, const std::string& after, int most) {
  S3Request request{
      .method = "GET",
      .query = {{"list-type", "2"}, {"max-keys", std::to_string(most)}, {"prefix", whole(text)}}};
  if (!after.empty()) request.query.emplace_back("start-after", after);
  const std::string begin = whole(text);
  const auto outcome = client_.send(request, [&](const net::HttpReply& reply) {
    const auto page = parse_listing(reply.body);
    if (!page) return unproved(place() + ": " + page.error().message());
    const bool fits = std::ranges::all_of(page->objects, [&](const ObjectInfo& object) {
      return object.key.starts_with(begin) && object.key > after;
    });
    const bool empty_page = page->more && page->objects.empty();
    return fits && !empty_page ? Judgement{} : unproved(place() + ": the listing is not what was asked for");
  });
  if (!outcome.reply) return std::unexpected(outcome.reply.error());
  return parse_listing(outcome.reply->body);
}

Result<ObjectPage> S3Store::list(std::string_view text, std::string_view after, int most) {
  if (Status good = check_prefix(text); !good) return std::unexpected(good.error());
  std::string from = after.empty() ? std::string() : whole(after);
  while (true) {
    auto listing = list_page(text, from, std::clamp(most, 1, 1000));
    if (!listing) return std::unexpected(listing.error());
    std::ranges::sort(listing->objects, {}, &ObjectInfo::key);
    ObjectPage page{.objects = {}, .more = listing->more};
    for (ObjectInfo& object : listing->objects) {
      from = object.key;
      object.key.erase(0, prefix().size());
      if (check_key(object.key)) page.objects.push_back(std::move(object));  // not "folder/"
    }
    if (!page.objects.empty() || !page.more) return page;
  }
}

Status S3Store::remove(std::string_view key) {
  if (Status good = check_key(key); !good) return good;
  const auto outcome = client_.send({.method = "DELETE", .key = whole(key)});
  if (outcome.reply || outcome.fault == "NoSuchKey") return {};
  return std::unexpected(outcome.reply.error());
}

Result<std::vector<Upload>> S3Store::uploads(std::string_view text) {
  if (Status good = check_prefix(text); !good) return std::unexpected(good.error());
  std::vector<Upload> all;
  Pairs marker;
  while (true) {
    S3Request request{.method = "GET", .query = {{"uploads", ""}, {"prefix", whole(text)}}};
    for (const auto& pair : marker) request.query.push_back(pair);
    const auto outcome = client_.send(request, [&](const net::HttpReply& reply) {
      const auto page = parse_uploads(reply.body);
      return page ? Judgement{} : unproved(place() + ": " + page.error().message());
    });
    if (!outcome.reply) return std::unexpected(outcome.reply.error());
    auto page = parse_uploads(outcome.reply->body);
    if (!page) return std::unexpected(page.error());
    for (Upload& upload : page->uploads) {
      if (!upload.key.starts_with(whole(text))) continue;
      upload.key.erase(0, prefix().size());
      all.push_back(std::move(upload));
    }
    if (!page->more) return all;
    Pairs next{{"key-marker", page->next_key}, {"upload-id-marker", page->next_id}};
    if (next <= marker) return fail(Code::corrupt, "{}: the listing of uploads does not go on", place());
    marker = std::move(next);
  }
}

Status S3Store::abort(const Upload& upload) {
  if (Status good = check_key(upload.key); !good) return good;
  return objects_.abort(whole(upload.key), upload.id);
}

Status check_options(const StoreOptions& options) {
  constexpr std::int64_t kLeastPart = 5 << 20;  // Amazon S3 user guide, "Multipart upload limits"
  constexpr std::int64_t kMostPart = 1 << 30;
  if (options.part_size < kLeastPart || options.part_size > kMostPart)
    return fail(Code::invalid, "part_size is {} bytes: 5 MiB to 1 GiB are possible", options.part_size);
  if (options.parallel_parts < 1 || options.parallel_parts > 8)
    return fail(Code::invalid, "parallel_parts is {}: 1 to 8 are possible", options.parallel_parts);
  if (options.deadline_ns <= 0) return fail(Code::invalid, "the deadline must be longer than 0");
  if (!options.encryption.empty() && options.encryption != "AES256" && options.encryption != "aws:kms")
    return fail(Code::invalid, "encryption {:?}: expected AES256 or aws:kms", options.encryption);
  if (!options.kms_key.empty() && options.encryption != "aws:kms")
    return fail(Code::invalid, "kms_key goes with encryption = \"aws:kms\" only");
  return check_put("key", {.storage_class = options.storage_class});
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> make_s3_store(std::string_view place, StoreOptions options,
                                                   const std::string& default_region, S3Parts parts) {
  if (Status good = check_options(options); !good) return fail(good.error(), "s3://{}", place);
  auto address = s3_address(place, options, default_region);
  if (!address) return std::unexpected(address.error());
  return std::make_unique<S3Store>(std::move(*address), options, std::move(parts));
}

S3Parts usual_parts(const StoreOptions& options, std::string& region) {
  S3Parts parts;
  parts.http = net::make_http_caller();
  const CredentialSurroundings around{
      .env = environment, .http = parts.http.get(), .profile = options.profile};
  parts.credentials = std::make_unique<CredentialCache>([around] { return find_credentials(around); });
  region = configured_region(around);
  return parts;
}

Result<std::unique_ptr<ObjectStore>> open_s3_store(std::string_view place, StoreOptions options) {
  std::string region;
  S3Parts parts = usual_parts(options, region);
  return make_s3_store(place, std::move(options), region, std::move(parts));
}

}  // namespace steward::objects
