#include "backup/restore/archive_reader.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include "backup/manifest/catalog.hpp"
#include "backup/stages/cipher.hpp"
#include "backup/stages/compress.hpp"
#include "backup/stages/hash.hpp"
#include "backup/stages/worker_source.hpp"

namespace steward::backup {

namespace {

constexpr std::int64_t kPiece = 4 << 20;
constexpr std::size_t kPieces = 2;   // one is read while the other is decompressed
constexpr std::size_t kBlocks = 16;  // of 256 KiB, between decompression and the tar

Result<ObjectSource> open_object(objects::ObjectStore& store, const Manifest& manifest,
                                 const Archive& archive, const std::stop_token& stop) {
  auto reader = objects::ObjectReader::open(store, key_of(manifest.job, manifest.time, archive.name), kPiece);
  if (!reader) return std::unexpected(reader.error());
  if (reader->info().size != archive.size) {
    return fail(Code::corrupt, "{}/{} has {} bytes in the store, its manifest says {}", manifest.time,
                archive.name, reader->info().size, archive.size);
  }
  return ObjectSource(std::move(*reader), stop, kPieces);
}

/// The stages of one archive, from the store to the tar or dump, on two threads beside the reader's: one
/// reads the object, the other decrypts and decompresses it.
class Stages {
 public:
  Stages(ObjectSource source, const OpenedBackup& backup, const Archive& archive)
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
  ObjectSource source_;
  HashCheckSource outer_;
  WorkerSource object_;
  std::unique_ptr<ByteSource> decryptor_;
  std::unique_ptr<HashCheckSource> inner_;
  std::unique_ptr<ByteSource> decompressor_;
  std::unique_ptr<WorkerSource> content_;
};

/// A hole may be as large as a file can be, which takes years.
Status hash_zeros(Sha256& hash, std::int64_t count, const std::stop_token& stop) {
  static const std::string kZeros(64 << 10, '\0');
  while (count > 0) {
    if (stop.stop_requested()) return fail(Code::cancelled, "stopped");
    const auto part =
        std::string_view(kZeros).substr(0, static_cast<std::size_t>(std::min<std::int64_t>(count, 64 << 10)));
    hash.update(part);
    count -= static_cast<std::int64_t>(part.size());
  }
  return {};
}

class Scan {
 public:
  Scan(FileList& files, FileTaker& taker, const std::stop_token& stop)
      : files_(files), taker_(taker), stop_(stop) {}

  /// Finds the first file that the archives should hold.
  Status begin() { return go_on(); }

  Status archive(const std::string& name, ByteSource& bytes) {
    if (!expected_ || expected_->archive != name) return members(bytes);
    const Entry dump = std::move(*expected_);
    if (auto gone = go_on(); !gone) return gone;
    return whole(bytes, dump);
  }

  Status all_found() const {
    if (!expected_) return {};
    return fail(Code::corrupt, "it lacks {}", expected_->path);
  }

 private:
  /// To the next file whose content is in this backup.
  Status go_on() {
    expected_.reset();
    while (!expected_ && at_ < files_.size_bytes()) {
      auto entry = files_.next(at_);
      if (!entry) return std::unexpected(entry.error());
      if (entry->in.empty()) expected_ = std::move(*entry);
    }
    return {};
  }

  Status members(ByteSource& bytes) {
    TarReader tar(bytes);
    Entry found;
    while (true) {
      auto more = tar.next(found);
      if (!more) return std::unexpected(more.error());
      if (!*more) return {};
      if (!expected_ || expected_->path != found.path || !expected_->archive.empty()) {
        return fail(Code::corrupt, "it holds {} where its manifest lists {}", found.path,
                    expected_ ? expected_->path : "nothing more");
      }
      const Entry entry = std::move(*expected_);
      if (auto gone = go_on(); !gone) return gone;
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
      if (auto hole = hash_zeros(hash, piece->offset - at, stop_); !hole) return hole;
      hash.update(piece->bytes);
      at = piece->offset + size;
      if (!*wanted) continue;
      if (auto put = taker_.data(piece->offset, piece->bytes); !put) return put;
    }
    if (auto hole = hash_zeros(hash, entry.size - at, stop_); !hole) return hole;
    if (hash.hex() != entry.sha256)
      return fail(Code::corrupt, "the content of {} is not what was backed up: its SHA-256 differs",
                  entry.path);
    return *wanted ? taker_.end(entry) : Status{};
  }

  FileList& files_;
  FileTaker& taker_;
  const std::stop_token& stop_;
  std::int64_t at_ = 0;
  std::optional<Entry> expected_;
};

}  // namespace

Result<OpenedBackup> open_backup(objects::ObjectStore& store, const std::string& job, const std::string& time,
                                 const std::vector<Identity>& identities, bool must_read) {
  auto stored = StoredManifest::open(store, job, time);
  if (!stored) return std::unexpected(stored.error());
  auto files = (*stored)->files();
  if (!files) return std::unexpected(files.error());
  OpenedBackup opened{(*stored)->head(), std::move(*files), {}, true};
  if (!opened.manifest.encrypted()) return opened;
  auto key = open_key(opened.manifest.recipients, identities);
  if (!key) {
    opened.readable = false;
    if (must_read || key.error().code() != Code::denied) return fail(key.error(), "{}/{}", job, time);
    return opened;
  }
  if (auto genuine = (*stored)->check_mac(*key); !genuine) return fail(genuine.error(), "{}/{}", job, time);
  opened.data_key = std::move(*key);
  return opened;
}

Status read_archives(objects::ObjectStore& store, OpenedBackup& backup, FileTaker& taker,
                     const std::stop_token& stop) {
  Scan scan(backup.files, taker, stop);
  const auto where = [&](const Error& error) {
    return fail(error, "the backup {}/{}", backup.manifest.job, backup.manifest.time);
  };
  if (auto begun = scan.begin(); !begun) return where(begun.error());
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
