#include "backup/archive_reader.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_set>

#include "backup/catalog.hpp"
#include "backup/cipher.hpp"
#include "backup/compress.hpp"
#include "backup/hash.hpp"
#include "backup/worker_source.hpp"
#include "objects/object_reader.hpp"

namespace steward::backup {

namespace {

constexpr std::int64_t kPiece = 4 << 20;
constexpr std::size_t kPieces = 2;   // one is read while the other is decompressed
constexpr std::size_t kBlocks = 16;  // of 256 KiB, between decompression and the tar

/// Keeps the last kPieces pieces.
class StoreSource final : public ByteSource {
 public:
  StoreSource(objects::ObjectReader reader, const std::stop_token& stop)
      : reader_(std::move(reader)), stop_(stop) {}
  Result<std::string_view> next() override {
    if (stop_.stop_requested()) return fail(Code::cancelled, "stopped");
    auto piece = reader_.next();
    if (!piece) return std::unexpected(piece.error());
    at_ = (at_ + 1) % kPieces;
    pieces_[at_] = std::move(*piece);
    return std::string_view(pieces_[at_]);
  }

 private:
  objects::ObjectReader reader_;
  const std::stop_token& stop_;
  std::array<std::string, kPieces> pieces_;
  std::size_t at_ = 0;
};

Result<StoreSource> open_object(objects::ObjectStore& store, const Manifest& manifest, const Archive& archive,
                                const std::stop_token& stop) {
  auto reader = objects::ObjectReader::open(store, key_of(manifest.job, manifest.time, archive.name), kPiece);
  if (!reader) return std::unexpected(reader.error());
  if (reader->info().size != archive.size) {
    return fail(Code::corrupt, "{}/{} has {} bytes in the store, its manifest says {}", manifest.time,
                archive.name, reader->info().size, archive.size);
  }
  return StoreSource(std::move(*reader), stop);
}

/// The stages of one archive, from the store to the tar or dump, on two threads beside the reader's: one
/// reads the object, the other decrypts and decompresses it.
class Stages {
 public:
  Stages(StoreSource source, const OpenedBackup& backup, const Archive& archive)
      : name_(key_of(backup.manifest.job, backup.manifest.time, archive.name)),
        source_(std::move(source)),
        outer_(source_, archive.sha256, name_),
        object_(outer_, kPieces) {
    ByteSource* last = &object_;
    if (backup.manifest.encrypted()) {
      decryptor_ = make_decryptor(backup.data_key, name_, object_);
      inner_ = std::make_unique<HashCheckSource>(*decryptor_, archive.plain_sha256, name_);
      last = inner_.get();
    }
    const bool gzip = archive.name.ends_with(".gz") || archive.name.ends_with(".gz.enc");
    decompressor_ = make_decompressor(gzip ? Compression::gzip : Compression::zstd, *last, archive.tar_size,
                                      name_, kBlocks);
    content_ = std::make_unique<WorkerSource>(*decompressor_, kBlocks);
  }
  ByteSource& content() { return *content_; }

 private:
  std::string name_;
  StoreSource source_;
  HashCheckSource outer_;
  WorkerSource object_;
  std::unique_ptr<ByteSource> decryptor_;
  std::unique_ptr<HashCheckSource> inner_;
  std::unique_ptr<ByteSource> decompressor_;
  std::unique_ptr<WorkerSource> content_;
};

void hash_zeros(Sha256& hash, std::int64_t count) {
  static const std::string kZeros(64 << 10, '\0');
  while (count > 0) {
    const auto part =
        std::string_view(kZeros).substr(0, static_cast<std::size_t>(std::min<std::int64_t>(count, 64 << 10)));
    hash.update(part);
    count -= static_cast<std::int64_t>(part.size());
  }
}

class Scan {
 public:
  Scan(const Manifest& manifest, FileTaker& taker) : taker_(taker) {
    for (const Entry& entry : manifest.files) {
      if (entry.in.empty()) expected_[entry.path] = &entry;
    }
  }

  Status archive(const std::string& name, ByteSource& bytes) {
    for (const auto& [path, entry] : expected_) {
      if (entry->archive != name) continue;
      const Entry& dump = *entry;
      expected_.erase(path);
      return whole(bytes, dump);
    }
    return members(bytes);
  }

  Status all_found() const {
    if (expected_.empty()) return {};
    return fail(Code::corrupt, "it lacks {}", expected_.begin()->first);
  }

 private:
  Status members(ByteSource& bytes) {
    TarReader tar(bytes);
    Entry found;
    while (true) {
      auto more = tar.next(found);
      if (!more) return std::unexpected(more.error());
      if (!*more) return {};
      const auto at = expected_.find(found.path);
      if (at == expected_.end())
        return fail(Code::corrupt, "it holds {}, which its manifest does not list, or holds it twice",
                    found.path);
      const Entry& entry = *at->second;
      expected_.erase(at);
      if (found.type != entry.type || found.size != entry.size || found.target != entry.target)
        return fail(Code::corrupt, "it holds another {} than its manifest lists", found.path);
      if (entry.type != EntryType::file) continue;
      if (auto taken = file([&] { return tar.data(); }, entry); !taken) return taken;
    }
  }

  /// An archive that is one file's content.
  Status whole(ByteSource& bytes, const Entry& entry) {
    std::int64_t at = 0;
    return file(
        [&]() -> Result<TarPiece> {
          auto piece = bytes.next();
          if (!piece) return std::unexpected(piece.error());
          const TarPiece next{at, *piece};
          at += static_cast<std::int64_t>(piece->size());
          return next;
        },
        entry);
  }

  template <class Pieces>
  Status file(const Pieces& next, const Entry& entry) {
    auto wanted = taker_.begin(entry);
    if (!wanted) return std::unexpected(wanted.error());
    Sha256 hash;
    std::int64_t at = 0;
    while (true) {
      auto piece = next();
      if (!piece) return std::unexpected(piece.error());
      if (piece->bytes.empty()) break;
      const auto size = static_cast<std::int64_t>(piece->bytes.size());
      if (piece->offset < at || size > entry.size || piece->offset > entry.size - size)
        return fail(Code::corrupt, "it holds more of {} than its manifest says", entry.path);
      hash_zeros(hash, piece->offset - at);
      hash.update(piece->bytes);
      at = piece->offset + size;
      if (!*wanted) continue;
      if (auto put = taker_.data(piece->offset, piece->bytes); !put) return put;
    }
    hash_zeros(hash, entry.size - at);
    if (hash.hex() != entry.sha256)
      return fail(Code::corrupt, "the content of {} is not what was backed up: its SHA-256 differs",
                  entry.path);
    return *wanted ? taker_.end(entry) : Status{};
  }

  FileTaker& taker_;
  std::unordered_map<std::string_view, const Entry*> expected_;
};

}  // namespace

Result<OpenedBackup> open_backup(objects::ObjectStore& store, const std::string& job, const std::string& time,
                                 const std::vector<Identity>& identities, bool must_read) {
  const auto text = read_manifest_text(store, job, time);
  if (!text) return std::unexpected(text.error());
  auto manifest = parse_manifest_of(*text, job, time);
  if (!manifest) return std::unexpected(manifest.error());
  OpenedBackup opened{std::move(*manifest), {}, true};
  if (!opened.manifest.encrypted()) return opened;
  auto key = open_key(opened.manifest.recipients, identities);
  if (!key) {
    opened.readable = false;
    if (must_read || key.error().code() != Code::denied) return fail(key.error(), "{}/{}", job, time);
    return opened;
  }
  if (auto genuine = check_manifest_mac(*text, *key); !genuine)
    return fail(genuine.error(), "{}/{}", job, time);
  opened.data_key = std::move(*key);
  return opened;
}

Status read_archives(objects::ObjectStore& store, const OpenedBackup& backup, FileTaker& taker,
                     const std::stop_token& stop) {
  Scan scan(backup.manifest, taker);
  const auto where = [&](const Error& error) {
    return fail(error, "the backup {}/{} cannot be read", backup.manifest.job, backup.manifest.time);
  };
  for (const Archive& archive : backup.manifest.archives) {
    auto object = open_object(store, backup.manifest, archive, stop);
    if (!object) return where(object.error());
    Stages stages(std::move(*object), backup, archive);
    if (auto read = scan.archive(archive.name, stages.content()); !read) return where(read.error());
  }
  if (auto all = scan.all_found(); !all) return where(all.error());
  return {};
}

Status check_archives(objects::ObjectStore& store, const Manifest& manifest, const std::stop_token& stop) {
  for (const Archive& archive : manifest.archives) {
    auto object = open_object(store, manifest, archive, stop);
    if (!object) return std::unexpected(object.error());
    HashCheckSource checked(*object, archive.sha256, key_of(manifest.job, manifest.time, archive.name));
    while (true) {
      auto piece = checked.next();
      if (!piece) return std::unexpected(piece.error());
      if (piece->empty()) break;
    }
  }
  return {};
}

}  // namespace steward::backup
