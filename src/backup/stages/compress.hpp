#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "backup/stages/bytes.hpp"

namespace steward::backup {

enum class Compression { zstd, gzip };

/// ".zst" or ".gz".
std::string_view suffix_of(Compression compression);

/// One zstd frame with checksum, or one gzip member; what `zstd -d` and `gzip -d` read. About 16 MiB of
/// memory. zstd compresses on `threads` of its own, which begin with the first write(), with the priority of
/// the thread that calls it; 0: on that thread itself. gzip has none.
std::unique_ptr<ByteSink> make_compressor(Compression compression, ByteSink& next, int threads);

/// The way back, at most `limit` bytes of it: a longer stream, a cut one, bytes behind the end, or a window
/// above 8 MiB is Code::corrupt, naming `what`. The last `kept` pieces, 256 KiB each, stay valid.
std::unique_ptr<ByteSource> make_decompressor(Compression compression, ByteSource& from, std::int64_t limit,
                                              std::string what, std::size_t kept = 1);

}  // namespace steward::backup
