#pragma once

#include <memory>
#include <string>

#include "backup/stages/bytes.hpp"
#include "base/secret.hpp"

namespace steward::backup {

/// Encrypts a stream as docs/formats/backup.md says. `context` is bound to every chunk: the archive's own key
/// in the store. The data key has 32 bytes.
std::unique_ptr<ByteSink> make_encryptor(const Secret& data_key, std::string context, ByteSink& next);

/// The way back. Any change of any byte, a cut at any place, bytes behind the end, another key or context:
/// Code::corrupt. A piece is given out only when it was authenticated.
std::unique_ptr<ByteSource> make_decryptor(const Secret& data_key, std::string context, ByteSource& from);

}  // namespace steward::backup
