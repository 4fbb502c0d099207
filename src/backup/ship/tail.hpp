#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backup/manifest/manifest.hpp"
#include "backup/stages/keys.hpp"

namespace steward::backup {

enum class PieceKind {
  grow,   ///< bytes of a file that only grows, at their place
  whole,  ///< a small file as it is now
  gone,   ///< a small file that is not there any more
};

/// A part of a tail: whose bytes follow one another in its body.
struct TailPiece {
  PieceKind kind = PieceKind::grow;
  std::string path;         ///< as in an archive: absolute, without the leading '/'
  std::int64_t offset = 0;  ///< in the file
  std::int64_t length = 0;
  mode_t mode = 0600;
  WallNs mtime = 0;
  std::uint32_t uid = 0, gid = 0;
  std::string sha256;  ///< of the bytes, hex
  bool operator==(const TailPiece&) const = default;
};

/// The first line of a tail: one object of a host's shipped bytes (docs/formats/backup.md).
struct TailHeader {
  std::string job, host;
  std::string time;  ///< time_name(): when its bytes had been read
  std::vector<SealedKey> recipients;
  std::vector<TailPiece> pieces;

  bool encrypted() const { return !recipients.empty(); }
  std::int64_t body_size() const;
};

/// Bounds of what is written and of what is read.
inline constexpr std::int64_t kTailBody = 16 << 20;
inline constexpr std::size_t kTailHeader = 4 << 20;
inline constexpr std::size_t kTailPieces = 10'000;

/// "JOB.tail/HOST/": beside the job's backups, so that their listings stay short; no job has a '.'.
std::string tail_prefix(std::string_view job, std::string_view host);
std::string tail_key(std::string_view job, std::string_view host, std::string_view time);
/// The time of a key below `prefix`; empty when it is none of a tail.
std::string_view time_of_tail(std::string_view key, std::string_view prefix);
/// A host's name as a part of a key: what a key does not take, and '/', are '_'.
std::string host_part(std::string_view host);

/// One line with its newline.
std::string format_tail_header(const TailHeader& header);
/// Reads what may have been made by anybody: bounded, every path safe, every number in range, the body at
/// most kTailBody. `line` with or without its newline.
Result<TailHeader> parse_tail_header(std::string_view line);

/// The whole object: header, then `body` (the pieces' bytes) compressed and, with a data key, encrypted.
Result<std::string> format_tail(const TailHeader& header, std::string_view body, const Secret* data_key);

/// A tail that was read and proved: the header's hash, and every piece's.
struct Tail {
  TailHeader header;
  std::string body;
};
/// Code::corrupt says what is wrong with it, Code::denied that no identity opens it. `key` is its own.
Result<Tail> parse_tail(std::string_view object, const std::string& key,
                        const std::vector<Identity>& identities);

}  // namespace steward::backup
