#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backup/manifest/manifest_stream.hpp"
#include "backup/stages/object_streams.hpp"
#include "objects/object_store.hpp"

namespace steward::backup {

/// One folder of a job in the store.
struct Folder {
  std::string time;
  std::vector<std::string> names;  ///< of its objects
  WallNs modified = 0;             ///< of the object written last, by the store's clock
  bool has(std::string_view name) const;
  bool complete() const { return has(kManifestName); }
};

/// What a killed backup, and a removal that was cut short, leave in a folder that does not count: whose it
/// is.
inline constexpr std::string_view kClaimName = "claim.json";

/// The folders of a job, oldest first. What is not named as a backup is left out.
Result<std::vector<Folder>> list_folders(objects::ObjectStore& store, const std::string& job);
/// The times of those that are complete.
Result<std::vector<std::string>> list_times(objects::ObjectStore& store, const std::string& job);

/// The newest backup of the host that is named later than `now`, when its clock was ahead; empty without one.
Result<std::string> newest_ahead(objects::ObjectStore& store, const std::string& job, std::string_view host,
                                 WallNs now);

/// A manifest in the store, to be read from its beginning on. Must not outlive the store.
class StoredManifest {
 public:
  static Result<std::unique_ptr<StoredManifest>> open(objects::ObjectStore& store, const std::string& job,
                                                      const std::string& time);
  /// Checked that it is the manifest of this job and time.
  const Manifest& head() const { return head_; }
  /// Called once.
  Result<FileList> files();
  /// After files().
  Status check_mac(const Secret& data_key) const { return reader_.check_mac(data_key); }

 private:
  StoredManifest(objects::ObjectReader object) : source_(std::move(object)), reader_(source_) {}
  ObjectSource source_;
  ManifestReader reader_;
  Manifest head_;
};

/// All but its files, for which little is read.
Result<Manifest> read_manifest(objects::ObjectStore& store, const std::string& job, const std::string& time);

/// Whether the store says that the backup, which was listed a while ago, is not there any more.
bool was_removed(objects::ObjectStore& store, const std::string& job, const std::string& time);

std::string format_claim(std::string_view host);
/// The host that a claim names; empty when it is none.
std::string host_of_claim(std::string_view text);

}  // namespace steward::backup
