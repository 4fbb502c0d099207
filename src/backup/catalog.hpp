#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backup/manifest.hpp"
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

/// The manifest's text, for check_manifest_mac.
Result<std::string> read_manifest_text(objects::ObjectStore& store, const std::string& job,
                                       const std::string& time);
/// Reads and checks it, and that it is the manifest of this job and time.
Result<Manifest> parse_manifest_of(std::string_view text, const std::string& job, const std::string& time);
Result<Manifest> read_manifest(objects::ObjectStore& store, const std::string& job, const std::string& time);

std::string format_claim(std::string_view host);
/// The host that a claim names; empty when it is none.
std::string host_of_claim(std::string_view text);

}  // namespace steward::backup
