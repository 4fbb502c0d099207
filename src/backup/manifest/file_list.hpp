#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backup/manifest/manifest.hpp"
#include "backup/stages/bytes.hpp"
#include "backup/stages/spool.hpp"

namespace steward::backup {

/// The files of one backup in their order, however many, in a few MiB of memory and 16 bytes for each; added
/// one after the other, then read. One thread.
class FileList {
 public:
  Status add(const Entry& entry);
  /// As add(), of what format_entry() made of it.
  Status add(const Entry& entry, std::string_view line);
  /// All are added. Code::corrupt when a path is there twice.
  Status index();
  /// After index().
  Result<std::optional<Entry>> find(std::string_view path);
  std::int64_t size() const { return static_cast<std::int64_t>(places_.size()); }

  /// Calls `visit` with each, until it fails.
  template <class Visit>
  Status each(const Visit& visit) {
    for (std::int64_t at = 0; at < spool_.size();) {
      auto entry = next(at);
      if (!entry) return std::unexpected(entry.error());
      if (Status visited = visit(*entry); !visited) return visited;
    }
    return {};
  }
  /// The one at a place, 0 at first, and moves it on; below size_bytes().
  Result<Entry> next(std::int64_t& at);
  std::int64_t size_bytes() const { return spool_.size(); }

  /// As they stand in a manifest.
  Status write_to(ByteSink& out);

 private:
  struct Place {
    std::uint64_t hash;
    std::int64_t at;
  };
  Result<std::string_view> line_at(std::int64_t at);

  Spool spool_;
  std::vector<Place> places_;
};

}  // namespace steward::backup
