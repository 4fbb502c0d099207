#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backup/manifest/manifest.hpp"
#include "backup/stages/bytes.hpp"

struct archive;
struct archive_entry;

namespace steward::backup {

/// A part of a file that is not a hole.
struct Extent {
  std::int64_t offset = 0;
  std::int64_t length = 0;
};

/// Writes a pax tar: header(), then data() of exactly entry.size bytes, for each entry. One thread.
class TarWriter {
 public:
  explicit TarWriter(ByteSink& next);
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  /// `extents` of a sparse file, in order; empty: a file without holes. data() takes the holes' zeros too.
  Status header(const Entry& entry, const std::vector<Extent>& extents = {});
  Status data(std::string_view bytes);
  /// Ends the archive and finishes the next stage.
  Status finish();
  /// Bytes of tar so far.
  std::int64_t size() const { return size_; }

 private:
  static ssize_t take(archive*, void* self, const void* bytes, std::size_t size);
  Status checked(int result, const std::string& path);

  ByteSink& next_;
  archive* archive_;
  archive_entry* entry_;
  Status sunk_;
  std::int64_t size_ = 0;
};

/// A part of the content of a tar's entry.
struct TarPiece {
  std::int64_t offset = 0;
  std::string_view bytes;  ///< empty: the entry's end; what was not given are holes
};

/// Reads a tar that may have been made by anybody. Takes no more than pax and ustar, regular files, folders
/// and symbolic links under safe paths; everything else is Code::corrupt. One thread.
class TarReader {
 public:
  explicit TarReader(ByteSource& from);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  /// Path, type, size, mode, mtime, owner and target of the next entry; false at the end of the tar, when the
  /// stream behind it has been read to its own end.
  Result<bool> next(Entry& entry);
  Result<TarPiece> data();

 private:
  static ssize_t give(archive*, void* self, const void** bytes);
  std::unexpected<Error> broken();
  Status drain();

  ByteSource& from_;
  archive* archive_;
  Status got_;
};

}  // namespace steward::backup
