#pragma once

#include <string>
#include <string_view>

namespace steward::net {

/// `bytes` in the gzip format (RFC 1952) at zlib's fastest level: answers are made on the control thread.
std::string gzip_compress(std::string_view bytes);

}  // namespace steward::net
