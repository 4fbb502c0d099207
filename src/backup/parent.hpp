#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backup/backup.hpp"
#include "backup/manifest/file_list.hpp"
#include "backup/manifest/manifest.hpp"

namespace steward::backup {

/// The backup that an incremental one builds upon.
struct Parent {
  Manifest head;
  FileList files;
};

/// The newest of the host's complete backups, when what it needs is all there, is not too much, and the same
/// people can read it. Damaged ones are passed over, with a note.
Result<std::optional<Parent>> find_parent(objects::ObjectStore& store, const Job& job, std::string_view host,
                                          std::vector<std::string>& notes);

/// The file as an entry whose content is the parent's, when it cannot have changed since: a file whose ctime
/// lies within a second of the parent's beginning may have been written to again within the same tick of the
/// kernel's clock.
Result<std::optional<Entry>> unchanged_since(Parent& parent, const Entry& file);

}  // namespace steward::backup
