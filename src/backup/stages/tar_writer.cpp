#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <new>

#include "backup/stages/tar.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

mode_t type_bits(EntryType type) {
  return type == EntryType::file ? AE_IFREG : type == EntryType::folder ? AE_IFDIR : AE_IFLNK;
}

}  // namespace

TarWriter::TarWriter(ByteSink& next)
    : next_(next), archive_(::archive_write_new()), entry_(::archive_entry_new()) {
  if (archive_ == nullptr || entry_ == nullptr) throw std::bad_alloc();
  ::archive_write_set_format_pax(archive_);
  // File names are bytes: in the locale "C", which nobody here leaves, what is not ASCII is stored as it is.
  // Said for all of them (hdrcharset=BINARY), GNU tar would warn at each file that it does not know the word.
  ::archive_write_set_bytes_per_block(archive_, 0);  // the next stage gathers blocks itself
  ::archive_write_set_bytes_in_last_block(archive_, 1);
  ::archive_write_open(archive_, this, nullptr, &TarWriter::take, nullptr);
}

TarWriter::~TarWriter() {
  // Freeing writes the archive's end; one that was not finished must not get it.
  if (sunk_) sunk_ = fail(Code::cancelled, "the archive was given up");
  ::archive_write_free(archive_);
  ::archive_entry_free(entry_);
}

ssize_t TarWriter::take(archive*, void* self, const void* bytes, std::size_t size) {
  auto& writer = *static_cast<TarWriter*>(self);
  if (writer.sunk_) writer.sunk_ = writer.next_.write({static_cast<const char*>(bytes), size});
  writer.size_ += static_cast<std::int64_t>(size);
  // Taken also after a failure, which checked() tells: libarchive 3.6 leaks its buffers when its client
  // fails.
  return static_cast<ssize_t>(size);
}

Status TarWriter::checked(int result, const std::string& path) {
  if (!sunk_) return sunk_;
  if (result >= ARCHIVE_WARN) return {};
  const char* why = ::archive_error_string(archive_);
  return fail(Code::internal, "cannot write {} into the archive: {}", path,
              why == nullptr ? "libarchive failed" : why);
}

Status TarWriter::header(const Entry& entry, const std::vector<Extent>& extents) {
  ::archive_entry_clear(entry_);
  ::archive_entry_set_pathname(entry_, entry.path.c_str());
  ::archive_entry_set_mode(entry_, type_bits(entry.type) | entry.mode);
  ::archive_entry_set_size(entry_, entry.type == EntryType::file ? entry.size : 0);
  ::archive_entry_set_uid(entry_, entry.uid);
  ::archive_entry_set_gid(entry_, entry.gid);
  const timespec mtime = timespec_of(entry.mtime);
  ::archive_entry_set_mtime(entry_, mtime.tv_sec, mtime.tv_nsec);
  if (entry.type == EntryType::link) ::archive_entry_set_symlink(entry_, entry.target.c_str());
  for (const Extent& extent : extents) ::archive_entry_sparse_add_entry(entry_, extent.offset, extent.length);
  return checked(::archive_write_header(archive_, entry_), entry.path);
}

Status TarWriter::data(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::archive_write_data(archive_, bytes.data(), bytes.size());
    if (put <= 0 || !sunk_) return checked(ARCHIVE_FATAL, "a file");
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Status TarWriter::finish() {
  if (auto closed = checked(::archive_write_close(archive_), "the end"); !closed) return closed;
  return next_.finish();
}

}  // namespace steward::backup
