#include "backup/parent.hpp"

#include <algorithm>
#include <ranges>
#include <unordered_set>

#include "backup/manifest/catalog.hpp"

namespace steward::backup {

namespace {

bool can_build_upon(const Manifest& head, const Job& job, const std::unordered_set<std::string>& complete) {
  const auto same_reader = [](const SealedKey& a, const Recipient& b) {
    return a.public_key == b.public_key;
  };
  return std::ranges::all_of(head.needs, [&](const auto& time) { return complete.contains(time); }) &&
         head.needs.size() < kMostNeeds && std::ranges::equal(head.recipients, job.recipients, same_reader);
}

}  // namespace

Result<std::optional<Parent>> find_parent(objects::ObjectStore& store, const Job& job, std::string_view host,
                                          std::vector<std::string>& notes) {
  auto folders = list_folders(store, job.name);
  if (!folders) return std::unexpected(folders.error());
  std::unordered_set<std::string> complete;
  for (const Folder& folder : *folders) {
    if (folder.complete()) complete.insert(folder.time);
  }
  for (const Folder& folder : *folders | std::views::reverse) {
    if (!folder.complete()) continue;
    auto stored = StoredManifest::open(store, job.name, folder.time);
    if (!stored && stored.error().code() == Code::not_found) continue;  // another host removed it meanwhile
    if (stored && (*stored)->head().host != host) continue;
    if (stored && !can_build_upon((*stored)->head(), job, complete)) return std::nullopt;
    auto files = stored ? (*stored)->files() : std::unexpected(stored.error());
    if (files) return Parent{(*stored)->head(), std::move(*files)};
    if (files.error().code() != Code::corrupt) return std::unexpected(files.error());
    notes.push_back(fmt::format("the backup {} cannot be built upon: {}", folder.time, files.error().text()));
  }
  return std::nullopt;
}

Result<std::optional<Entry>> unchanged_since(Parent& parent, const Entry& file) {
  auto found = parent.files.find(file.path);
  if (!found || !*found) return found;
  const Entry& before = **found;
  if (before.type != EntryType::file || before.changed || before.size != file.size ||
      before.mtime != file.mtime || before.ctime != file.ctime || file.ctime > parent.head.started - kSecond)
    return std::nullopt;
  Entry same = file;
  same.sha256 = before.sha256;
  same.in = before.in.empty() ? parent.head.time : before.in;
  return same;
}

}  // namespace steward::backup
