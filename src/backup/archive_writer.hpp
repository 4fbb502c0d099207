#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "backup/stages/compress.hpp"
#include "backup/stages/hash.hpp"
#include "backup/stages/object_streams.hpp"
#include "backup/stages/tar.hpp"
#include "backup/stages/throttle.hpp"
#include "backup/stages/worker_sink.hpp"
#include "objects/object_store.hpp"

namespace steward::backup {

struct ArchiveOptions {
  Compression compression = Compression::zstd;
  const Secret* data_key = nullptr;  ///< none: not encrypted
  std::int64_t bytes_a_second = 0;   ///< into the store; 0: no limit
  std::string storage_class;         ///< empty: the store's usual one
  bool low_priority = true;
  bool tar = true;  ///< false: one stream of bytes, into content()
  std::stop_token stop;
};

/// One archive on its way into the store, never on a disk of ours: tar on the caller's thread; compression,
/// hash, encryption, hash, rate limit and the store's writer on a second one. Not finished, nothing of it is
/// in the store.
class ArchiveWriter {
 public:
  /// `key` must be free; the suffixes of the options are appended to `name`.
  static Result<std::unique_ptr<ArchiveWriter>> open(objects::ObjectStore& store, const std::string& folder,
                                                     const std::string& name, const ArchiveOptions& options,
                                                     const Clock& clock);
  ~ArchiveWriter();
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  TarWriter& tar() { return *tar_; }
  /// Of an archive without tar. finish() is not called on it but on the archive.
  ByteSink& content() { return *content_; }
  /// Of what went into content(), once that is finished.
  std::string content_sha256() { return content_->hex(); }
  Result<Archive> finish();

 private:
  ArchiveWriter(std::string key, std::string name, std::unique_ptr<objects::ObjectWriter> writer,
                const ArchiveOptions& options, const Clock& clock);

  std::string name_;
  ObjectSink store_;
  ThrottleSink throttle_;
  HashSink outer_;
  std::unique_ptr<ByteSink> encryptor_;
  std::optional<HashSink> inner_;  // only when it is encrypted; else it would be the same hash
  std::unique_ptr<ByteSink> compressor_;
  std::unique_ptr<WorkerSink> worker_;
  std::unique_ptr<TarWriter> tar_;
  std::optional<HashSink> content_;
  bool finished_ = false;
};

}  // namespace steward::backup
