#include "backup/ship/tail_restore.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "backup/restore/target.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

constexpr std::int64_t kLargestTail = kTailBody + kTailBody / 8 + static_cast<std::int64_t>(kTailHeader);
constexpr std::size_t kBlock = 64 << 10;

/// Compares `bytes` with what the file has from `offset` on, as far as both go; the number that is there.
Result<std::int64_t> same_bytes(int fd, std::int64_t offset, std::string_view bytes,
                                const std::string& path) {
  std::string block(kBlock, '\0');
  std::int64_t same = 0;
  while (static_cast<std::size_t>(same) < bytes.size()) {
    const auto rest = bytes.substr(static_cast<std::size_t>(same), kBlock);
    const ssize_t got = ::pread(fd, block.data(), rest.size(), offset + same);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "cannot read /" + path);
    if (got == 0) break;
    if (rest.substr(0, static_cast<std::size_t>(got)) !=
        std::string_view(block).substr(0, static_cast<std::size_t>(got)))
      return fail(Code::corrupt, "it has other bytes of /{} behind {} than were restored before", path,
                  offset + same);
    same += got;
  }
  return same;
}

/// Writes tails into a restored tree.
class Apply {
 public:
  Apply(Target& target, const TailsOptions& options) : target_(target), options_(options) {}

  Status tail(const Tail& tail) {
    std::size_t at = 0;
    for (const TailPiece& piece : tail.header.pieces) {
      const auto bytes = std::string_view(tail.body).substr(at, static_cast<std::size_t>(piece.length));
      at += bytes.size();
      if (!is_chosen(piece.path, options_.only)) continue;
      Status done = piece.kind == PieceKind::gone    ? target_.remove(piece.path)
                    : piece.kind == PieceKind::whole ? whole(piece, bytes)
                                                     : grow(piece, bytes);
      if (!done) return done;
    }
    return {};
  }
  std::int64_t bytes() const { return bytes_; }

 private:
  Status whole(const TailPiece& piece, std::string_view bytes) {
    if (auto begun = target_.begin_file(piece.path); !begun) return begun;
    if (auto put = target_.write(0, bytes); !put) return put;
    bytes_ += piece.length;
    Entry entry;
    entry.path = piece.path;
    entry.size = piece.length;
    entry.mode = piece.mode, entry.mtime = piece.mtime, entry.uid = piece.uid, entry.gid = piece.gid;
    return target_.keep_file(entry, options_.owners);
  }

  Status grow(const TailPiece& piece, std::string_view bytes) {
    auto file = target_.open_file_at(piece.path, O_RDWR | O_CREAT);
    if (!file) return std::unexpected(file.error());
    struct ::stat info{};
    if (::fstat(file->get(), &info) != 0) return fail_errno(errno, "/" + piece.path);
    if (!S_ISREG(info.st_mode)) return fail(Code::conflict, "/{} is no file", piece.path);
    if (info.st_size < piece.offset) {
      return fail(Code::corrupt, "it continues /{} at {}, of which only {} bytes were shipped before",
                  piece.path, piece.offset, info.st_size);
    }
    auto same = same_bytes(file->get(), piece.offset, bytes, piece.path);
    if (!same) return std::unexpected(same.error());
    bytes_ += piece.length - *same;
    if (::lseek(file->get(), piece.offset + *same, SEEK_SET) < 0) return fail_errno(errno, "/" + piece.path);
    if (auto put = write_all(file->get(), bytes.substr(static_cast<std::size_t>(*same))); !put)
      return fail(put.error(), "cannot write /{}", piece.path);
    const timespec time = timespec_of(piece.mtime);
    const timespec times[2] = {time, time};
    if ((options_.owners && ::fchown(file->get(), piece.uid, piece.gid) != 0) ||
        ::fchmod(file->get(), piece.mode) != 0 || ::futimens(file->get(), times) != 0)
      return fail_errno(errno, "cannot finish /" + piece.path);
    return {};
  }

  Target& target_;
  const TailsOptions& options_;
  std::int64_t bytes_ = 0;
};

Result<std::string> read_object(objects::ObjectStore& store, const std::string& key) {
  auto object = store.read(key, 0, kLargestTail + 1);
  if (object && static_cast<std::int64_t>(object->size()) > kLargestTail)
    return fail(Code::corrupt, "{} is larger than a tail can be", key);
  return object;
}

}  // namespace

bool is_below(std::string_view path, std::string_view chosen) {
  while (chosen.starts_with('/')) chosen.remove_prefix(1);
  while (chosen.ends_with('/')) chosen.remove_suffix(1);
  return path == chosen || (path.starts_with(chosen) && path[chosen.size()] == '/');
}

bool is_chosen(std::string_view path, const std::vector<std::string>& only) {
  return only.empty() ||
         std::ranges::any_of(only, [&](std::string_view chosen) { return is_below(path, chosen); });
}

Result<TailsReport> restore_tails(objects::ObjectStore& store, const std::string& job,
                                  const std::string& host, const TailList& tails,
                                  const std::vector<Identity>& identities, const TailsOptions& options) {
  auto target = Target::open(options.to);
  if (!target) return std::unexpected(target.error());
  Apply apply(*target, options);
  TailsReport report;
  for (const std::string& time : tails.times) {
    if (options.stop.stop_requested()) return fail(Code::cancelled, "stopped");
    const std::string key = tail_key(job, host, time);
    auto object = read_object(store, key);
    auto tail = object ? parse_tail(*object, key, identities) : std::unexpected(object.error());
    const Status done = tail ? apply.tail(*tail) : std::unexpected(tail.error());
    if (!done) {
      const std::string until =
          report.newest.empty() ? "what the backup holds" : "what was shipped until " + report.newest;
      return fail(done.error(), "{}/{} cannot be added; restored is {}, which --at {} asks for",
                  store.place(), key, until,
                  report.newest.empty() ? "with the backup's time" : report.newest);
    }
    ++report.objects;
    report.newest = time;
  }
  report.bytes = apply.bytes();
  if (auto synced = target->sync(); !synced) return std::unexpected(synced.error());
  return report;
}

}  // namespace steward::backup
