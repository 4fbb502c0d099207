#include "net/gzip.hpp"

#include <zlib.h>

#include <new>

namespace steward::net {

std::string gzip_compress(std::string_view bytes) {
  constexpr int kGzipWindow = 15 + 16;  // deflateInit2: 16 more asks for the gzip wrapping
  z_stream stream{};
  if (::deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out(::deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_FINISH);  // cannot fail: deflateBound gave room for all of it
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

}  // namespace steward::net
