// links: steward_backup
// Any bytes as a tail: a header's line and, behind it, a body. Sealed so that it gets as far as it can; what
// is taken has the hashes that its header names, and writes nothing outside of the folder of the restore.
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "backup/ship/ship_file.hpp"
#include "backup/ship/tail_restore.hpp"
#include "backup/stages/hash.hpp"
#include "fuzz_folder.hpp"
#include "objects/open_store.hpp"
#include "os/files.hpp"

namespace {

using namespace steward;
using namespace steward::backup;

void restore_it(TailHeader header, std::string body) {
  header.recipients.clear();
  body.resize(static_cast<std::size_t>(header.body_size()));
  std::size_t at = 0;
  for (TailPiece& piece : header.pieces) {
    if (piece.offset > kTailBody) return;
    piece.sha256 = sha256_hex(std::string_view(body).substr(at, static_cast<std::size_t>(piece.length)));
    at += static_cast<std::size_t>(piece.length);
  }
  const auto store = objects::make_memory_store();
  const auto object = format_tail(header, body, nullptr);
  if (!object || !store->put(tail_key(header.job, header.host, header.time), *object)) std::abort();
  TailsOptions options;
  options.to = fuzz_folder() + "/in/side";
  [[maybe_unused]] const auto done =
      restore_tails(*store, header.job, header.host, {{header.time}, 0}, {}, options);
  if (list_folder(fuzz_folder()).value().size() != 1 ||
      list_folder(fuzz_folder() + "/in").value().size() != 1)
    std::abort();
  std::filesystem::remove_all(fuzz_folder() + "/in");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  [[maybe_unused]] const auto file = parse_ship_file(text);
  [[maybe_unused]] const auto raw = parse_tail(text, "a.tail/b/20261125T031500.123Z.tail", {});
  const auto split = std::min(text.find('\n'), text.size());
  // The seed's line ends before its seal: '{…' without the last field.
  const std::string line = text.substr(0, split);
  const auto header = parse_tail_header(fmt::format("{},\"sha256\":\"{}\"}}", line, sha256_hex(line)));
  if (header && header->body_size() <= (1 << 20)) restore_it(*header, text.substr(std::min(split + 1, size)));
  return 0;
}
