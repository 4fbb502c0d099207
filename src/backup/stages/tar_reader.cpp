#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <new>

#include "backup/stages/tar.hpp"

namespace steward::backup {

TarReader::TarReader(ByteSource& from) : from_(from), archive_(::archive_read_new()) {
  if (archive_ == nullptr) throw std::bad_alloc();
  ::archive_read_support_format_tar(archive_);
  ::archive_read_set_options(archive_, "hdrcharset=BINARY");
  ::archive_read_open(archive_, this, nullptr, &TarReader::give, nullptr);
}

TarReader::~TarReader() {
  ::archive_read_free(archive_);
}

ssize_t TarReader::give(archive* handle, void* self, const void** bytes) {
  auto& reader = *static_cast<TarReader*>(self);
  auto piece = reader.got_ ? reader.from_.next() : std::unexpected(reader.got_.error());
  if (!piece) {
    reader.got_ = std::unexpected(piece.error());
    ::archive_set_error(handle, -1, "the stream below failed");
    return ARCHIVE_FATAL;
  }
  *bytes = piece->data();
  return static_cast<ssize_t>(piece->size());
}

std::unexpected<Error> TarReader::broken() {
  if (!got_) return std::unexpected(got_.error());
  const char* why = ::archive_error_string(archive_);
  return fail(Code::corrupt, "the tar is damaged: {}", why == nullptr ? "libarchive cannot read it" : why);
}

Status TarReader::drain() {
  while (got_) {
    auto piece = from_.next();
    if (!piece) return std::unexpected(piece.error());
    if (piece->empty()) return {};
    if (piece->find_first_not_of('\0') != std::string_view::npos)
      return fail(Code::corrupt, "the tar is damaged: bytes follow its end");
  }
  return got_;
}

Result<bool> TarReader::next(Entry& entry) {
  archive_entry* header = nullptr;
  const int result = ::archive_read_next_header(archive_, &header);
  if (result == ARCHIVE_EOF) {
    if (auto rest = drain(); !rest) return std::unexpected(rest.error());
    return false;
  }
  if (result < ARCHIVE_WARN) return broken();
  const char* path = ::archive_entry_pathname(header);
  entry = {};
  if (path != nullptr) entry.path = path;
  if (entry.path.ends_with('/')) entry.path.pop_back();  // as tar writes folders
  if (!is_safe_path(entry.path))
    return fail(Code::corrupt, "the tar holds the path '{}', which leads out of the place of the restore",
                entry.path);
  const auto type = ::archive_entry_filetype(header);
  if (::archive_entry_hardlink(header) != nullptr ||
      (type != AE_IFREG && type != AE_IFDIR && type != AE_IFLNK))
    return fail(Code::corrupt, "the tar holds {}, which is no file, folder or symbolic link", entry.path);
  entry.type = type == AE_IFREG ? EntryType::file : type == AE_IFDIR ? EntryType::folder : EntryType::link;
  const char* target = ::archive_entry_symlink(header);
  if (entry.type == EntryType::link && target != nullptr) entry.target = target;
  entry.size = entry.type == EntryType::file ? ::archive_entry_size(header) : 0;
  entry.mode = ::archive_entry_perm(header);
  entry.mtime = static_cast<std::int64_t>(static_cast<std::uint64_t>(::archive_entry_mtime(header)) *
                                              static_cast<std::uint64_t>(kSecond) +
                                          static_cast<std::uint64_t>(::archive_entry_mtime_nsec(header)));
  entry.uid = static_cast<std::uint32_t>(::archive_entry_uid(header));
  entry.gid = static_cast<std::uint32_t>(::archive_entry_gid(header));
  return true;
}

Result<TarPiece> TarReader::data() {
  const void* bytes = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  while (true) {
    const int result = ::archive_read_data_block(archive_, &bytes, &size, &offset);
    if (result == ARCHIVE_EOF) return TarPiece{};
    if (result < ARCHIVE_WARN) return broken();
    if (size > 0) return TarPiece{offset, {static_cast<const char*>(bytes), size}};
  }
}

}  // namespace steward::backup
