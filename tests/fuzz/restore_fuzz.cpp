// links: steward_backup
// Any bytes as a backup: a manifest and, behind a NUL, a tar. Sealed and packed so that they get as far as
// they can, they are restored; nothing may appear beside the folder of the restore, and what succeeds has the
// hashes of the manifest. The same bytes as compressed and as encrypted archive must end in an error or an
// end.
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "backup/archive_writer.hpp"
#include "backup/manifest/catalog.hpp"
#include "backup/restore/restore.hpp"
#include "backup/stages/cipher.hpp"
#include "backup/stages/hash.hpp"
#include "backup/stages/test_streams.hpp"
#include "fuzz_folder.hpp"
#include "objects/open_store.hpp"
#include "os/files.hpp"

namespace {

using namespace steward;
using namespace steward::backup;

constexpr std::int64_t kLimit = 1 << 20;

Archive pack(objects::ObjectStore& store, const std::string& key, std::string_view tar) {
  TextSink packed;
  HashSink outer(packed);
  auto compressor = make_compressor(Compression::zstd, outer, 2);
  if (!compressor->write(tar) || !compressor->finish() || !store.put(key, packed.text)) std::abort();
  const std::string hash = outer.hex();
  return {"files.tar.zst", static_cast<std::int64_t>(packed.text.size()),
          static_cast<std::int64_t>(tar.size()), hash, hash};
}

Result<std::pair<Manifest, FileList>> read(const std::string& text) {
  TextSource source(text, 1000);
  ManifestReader reader(source);
  auto head = reader.head();
  if (!head) return std::unexpected(head.error());
  auto files = reader.files(*head);
  if (!files) return std::unexpected(files.error());
  return std::pair(std::move(*head), std::move(*files));
}

void restore_it(Manifest manifest, FileList files, std::string_view tar) {
  const auto store = objects::make_memory_store();
  manifest.recipients.clear();
  manifest.archives = {pack(*store, key_of(manifest.job, manifest.time, "files.tar.zst"), tar)};
  std::int64_t bytes = 0;
  const auto short_enough = files.each([&](const Entry& entry) -> Status {
    const bool fits = entry.size <= kLimit && (bytes += entry.size) <= kLimit;
    return fits ? Status{} : fail(Code::invalid, "it would only take long");
  });
  if (!short_enough) return;
  TextSink text;
  if (!write_manifest(manifest, files, nullptr, text) ||
      !store->put(key_of(manifest.job, manifest.time, kManifestName), text.text))
    std::abort();
  RestoreOptions options;
  options.to = fuzz_folder() + "/in/side";
  options.links_out = true;
  const auto done = restore(*store, manifest.job, manifest.time, {}, options);
  if (list_folder(fuzz_folder()).value().size() != 1 || list_folder(fuzz_folder() + "/in").value().size() > 1)
    std::abort();
  const auto right = files.each([&](const Entry& entry) -> Status {
    if (!done || entry.type != EntryType::file) return {};
    const auto content = read_file(options.to + "/" + entry.path, kLimit);
    if (content && sha256_hex(*content) != entry.sha256) std::abort();
    return {};
  });
  if (!right) std::abort();
  std::filesystem::remove_all(fuzz_folder() + "/in");
}

template <class T>
void read_through(T source) {
  while (true) {
    auto piece = source->next();
    if (!piece || piece->empty()) return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto split = std::min(text.find('\0'), text.size());
  const std::string tar = text.substr(std::min(split + 1, text.size()));
  // The seed's first line ends before the head's seal, what follows before that of the whole.
  const auto line = std::min(text.find('\n'), split);
  const std::string head = text.substr(0, line);
  const std::string body =
      fmt::format("{},\"head_sha256\":\"{}\",\"files\":[\n{}]", head, sha256_hex(head),
                  text.substr(std::min(line + 1, split), split - std::min(line + 1, split)));
  if (auto whole = read(fmt::format("{},\"sha256\":\"{}\"}}\n", body, sha256_hex(body))))
    restore_it(std::move(whole->first), std::move(whole->second), tar);
  [[maybe_unused]] const auto raw = read(text);
  TextSource zstd(tar, 1000), gzip(tar, 1000), sealed(tar, 1000);
  read_through(make_decompressor(Compression::zstd, zstd, kLimit, "fuzz"));
  read_through(make_decompressor(Compression::gzip, gzip, kLimit, "fuzz"));
  static const Secret key(std::string(32, 'k'));
  read_through(make_decryptor(key, "fuzz", sealed));
  return 0;
}
