#pragma once

#include <string>

#include "backup/manifest/file_list.hpp"
#include "backup/manifest/manifest.hpp"
#include "backup/stages/bytes.hpp"
#include "backup/stages/hash.hpp"
#include "base/secret.hpp"

namespace steward::backup {

/// Bytes of a manifest: some three million files.
inline constexpr std::int64_t kManifestLimit = std::int64_t{1} << 30;

/// Writes manifest.json; `data_key` of an encrypted backup, for its mac. `out` is finished.
Status write_manifest(const Manifest& manifest, FileList& files, const Secret* data_key, ByteSink& out);

/// Reads manifest.json, which may have been made by anybody, from its beginning: head() once, files() once,
/// then check_mac(). Code::corrupt says what is wrong.
class ManifestReader {
 public:
  explicit ManifestReader(ByteSource& from) : from_(from) {}
  /// Reads no more than the first line and what came with it.
  Result<Manifest> head();
  /// The rest: every file, indexed, no more and no fewer than the head says, and the seal over all.
  Result<FileList> files(const Manifest& head);
  /// Whether the mac is that of the data key.
  Status check_mac(const Secret& data_key) const;

 private:
  Result<std::string_view> line(std::size_t longest);
  Status read_end(std::string_view line);

  ByteSource& from_;
  std::string text_;  ///< read ahead
  std::size_t at_ = 0;
  std::int64_t size_ = 0;
  Sha256 hash_;
  std::string mac_of_;  ///< the hash that the mac is made of
  std::string mac_;
};

}  // namespace steward::backup
