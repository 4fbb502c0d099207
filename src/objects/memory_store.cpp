#include <algorithm>
#include <map>
#include <mutex>

#include "objects/open_store.hpp"

namespace steward::objects {

namespace {

struct Held {
  std::string bytes;
  ObjectInfo info;
};

/// What the writers of a store share with it; guarded by the mutex.
struct Shelf {
  std::mutex mutex;
  std::map<std::string, Held, std::less<>> objects;
  std::map<std::string, Upload> uploads;  // by id
  std::int64_t count = 0;                 // of everything ever made: etags, upload ids
  SystemClock clock;

  Result<ObjectInfo> commit(std::string_view key, std::string bytes, const PutOptions& options);
};

Status judge(const Held* held, std::string_view key, const PutOptions& options) {
  if (options.if_absent && held != nullptr) return fail(Code::conflict, "memory:{}: exists already", key);
  if (options.if_match.empty()) return {};
  if (held == nullptr || held->info.etag != options.if_match)
    return fail(Code::conflict, "memory:{}: is not the expected version", key);
  return {};
}

Result<ObjectInfo> Shelf::commit(std::string_view key, std::string bytes, const PutOptions& options) {
  const auto old = objects.find(key);
  if (Status good = judge(old == objects.end() ? nullptr : &old->second, key, options); !good)
    return std::unexpected(good.error());
  ObjectInfo info{.key = std::string(key),
                  .size = static_cast<std::int64_t>(bytes.size()),
                  .etag = fmt::format("v{}", ++count),
                  .modified = clock.wall(),
                  .storage_class = options.storage_class,
                  .archived = is_archive_class(options.storage_class)};
  objects[info.key] = {std::move(bytes), info};
  return info;
}

class MemoryWriter final : public ObjectWriter {
 public:
  MemoryWriter(Shelf& shelf, std::string key, WriteOptions options)
      : shelf_(shelf), key_(std::move(key)), options_(std::move(options)) {
    const std::scoped_lock lock(shelf_.mutex);
    id_ = options_.resume.empty() ? fmt::format("u{}", ++shelf_.count) : options_.resume;
    shelf_.uploads[id_] = {key_, id_, shelf_.clock.wall()};
  }

  Status write(std::string_view bytes) override {
    bytes_.append(bytes);
    return {};
  }
  Result<ObjectInfo> finish() override {
    const std::scoped_lock lock(shelf_.mutex);
    auto info = shelf_.commit(key_, std::move(bytes_), options_);
    if (info) shelf_.uploads.erase(id_);
    return info;
  }
  Status abort() override {
    const std::scoped_lock lock(shelf_.mutex);
    shelf_.uploads.erase(id_);
    return {};
  }
  std::string upload_id() const override { return id_; }

 private:
  Shelf& shelf_;
  std::string key_;
  WriteOptions options_;
  std::string id_;
  std::string bytes_;
};

class MemoryStore final : public ObjectStore {
 public:
  std::string place() const override { return "memory:"; }

  Result<ObjectInfo> put(std::string_view key, std::string_view bytes, const PutOptions& options) override {
    if (Status good = check_put(key, options); !good) return std::unexpected(good.error());
    const std::scoped_lock lock(shelf_.mutex);
    return shelf_.commit(key, std::string(bytes), options);
  }

  Result<std::unique_ptr<ObjectWriter>> create(std::string_view key, const WriteOptions& options) override {
    if (Status good = check_put(key, options); !good) return std::unexpected(good.error());
    return std::make_unique<MemoryWriter>(shelf_, std::string(key), options);
  }

  Result<ObjectInfo> head(std::string_view key) override {
    if (Status good = check_key(key); !good) return std::unexpected(good.error());
    const std::scoped_lock lock(shelf_.mutex);
    const auto at = shelf_.objects.find(key);
    if (at == shelf_.objects.end()) return fail(Code::not_found, "memory:{}: no such object", key);
    return at->second.info;
  }

  Result<std::string> read(std::string_view key, std::int64_t offset, std::int64_t length,
                           std::string_view etag) override {
    auto info = head(key);
    if (!info) return std::unexpected(info.error());
    if (info->archived) return fail(Code::denied, "memory:{}: lies in an archive", key);
    const std::scoped_lock lock(shelf_.mutex);
    const auto at = shelf_.objects.find(key);
    if (at == shelf_.objects.end()) return fail(Code::not_found, "memory:{}: no such object", key);
    if (!etag.empty() && etag != at->second.info.etag)
      return fail(Code::conflict, "memory:{}: was replaced", key);
    if (Status good = check_range(offset, length); !good) return std::unexpected(good.error());
    const auto start = std::min<std::int64_t>(offset, at->second.info.size);
    return at->second.bytes.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(length));
  }

  Result<ObjectPage> list(std::string_view prefix, std::string_view after, int most) override {
    if (Status good = check_prefix(prefix); !good) return std::unexpected(good.error());
    const std::scoped_lock lock(shelf_.mutex);
    ObjectPage page;
    auto at = std::max(prefix, after) == after && !after.empty() ? shelf_.objects.upper_bound(after)
                                                                 : shelf_.objects.lower_bound(prefix);
    for (; at != shelf_.objects.end() && at->first.starts_with(prefix); ++at) {
      page.more = page.objects.size() == static_cast<std::size_t>(std::clamp(most, 1, 1000));
      if (page.more) break;
      page.objects.push_back(at->second.info);
    }
    return page;
  }

  Status remove(std::string_view key) override {
    if (Status good = check_key(key); !good) return good;
    const std::scoped_lock lock(shelf_.mutex);
    if (const auto at = shelf_.objects.find(key); at != shelf_.objects.end()) shelf_.objects.erase(at);
    return {};
  }

  Result<std::vector<Upload>> uploads(std::string_view prefix) override {
    if (Status good = check_prefix(prefix); !good) return std::unexpected(good.error());
    const std::scoped_lock lock(shelf_.mutex);
    std::vector<Upload> all;
    for (const auto& [id, upload] : shelf_.uploads) {
      if (upload.key.starts_with(prefix)) all.push_back(upload);
    }
    return all;
  }

  Status abort(const Upload& upload) override {
    const std::scoped_lock lock(shelf_.mutex);
    shelf_.uploads.erase(upload.id);
    return {};
  }

 private:
  Shelf shelf_;
};

}  // namespace

std::unique_ptr<ObjectStore> make_memory_store() {
  return std::make_unique<MemoryStore>();
}

}  // namespace steward::objects
