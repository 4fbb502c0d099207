#include "backup/manifest/catalog.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <ranges>

#include "base/json_writer.hpp"

namespace steward::backup {

namespace {

/// Most heads are smaller; a manifest of 100,000 files has 30 MB.
constexpr std::int64_t kHeadPiece = 64 << 10;
constexpr std::int64_t kFilesPiece = 2 << 20;

}  // namespace

bool Folder::has(std::string_view name) const {
  return std::ranges::find(names, name) != names.end();
}

Result<std::vector<Folder>> list_folders(objects::ObjectStore& store, const std::string& job) {
  if (!is_job_name(job))
    return fail(Code::invalid, "'{}' is no name of a backup: expected a-z, 0-9, - and _", job);
  const std::string prefix = job + "/";
  auto objects = objects::list_all(store, prefix);
  if (!objects) return std::unexpected(objects.error());
  std::vector<Folder> folders;
  for (const auto& object : *objects) {
    const std::string_view rest = std::string_view(object.key).substr(prefix.size());
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos || !is_time_name(rest.substr(0, slash))) continue;
    if (folders.empty() || folders.back().time != rest.substr(0, slash))
      folders.push_back({std::string(rest.substr(0, slash)), {}, 0});
    folders.back().names.emplace_back(rest.substr(slash + 1));
    folders.back().modified = std::max(folders.back().modified, object.modified);
  }
  return folders;
}

Result<std::vector<std::string>> list_times(objects::ObjectStore& store, const std::string& job) {
  auto folders = list_folders(store, job);
  if (!folders) return std::unexpected(folders.error());
  std::vector<std::string> times;
  for (Folder& folder : *folders) {
    if (folder.complete()) times.push_back(std::move(folder.time));
  }
  return times;
}

Result<std::unique_ptr<StoredManifest>> StoredManifest::open(objects::ObjectStore& store,
                                                             const std::string& job,
                                                             const std::string& time) {
  auto object = objects::ObjectReader::open(store, key_of(job, time, kManifestName), kHeadPiece);
  if (!object) return std::unexpected(object.error());
  std::unique_ptr<StoredManifest> stored(new StoredManifest(std::move(*object)));
  auto head = stored->reader_.head();
  if (!head) return fail(head.error(), "{}/{}", job, time);
  if (head->job != job || head->time != time)
    return fail(Code::corrupt, "{}/{} holds the manifest of {}/{}", job, time, head->job, head->time);
  stored->head_ = std::move(*head);
  return stored;
}

Result<FileList> StoredManifest::files() {
  source_.reader().ask_for(kFilesPiece);
  auto files = reader_.files(head_);
  if (!files) return fail(files.error(), "{}/{}", head_.job, head_.time);
  return files;
}

Result<Manifest> read_manifest(objects::ObjectStore& store, const std::string& job, const std::string& time) {
  auto stored = StoredManifest::open(store, job, time);
  if (!stored) return std::unexpected(stored.error());
  return (*stored)->head();
}

Result<std::string> newest_ahead(objects::ObjectStore& store, const std::string& job, std::string_view host,
                                 WallNs now) {
  auto folders = list_folders(store, job);
  if (!folders) return std::unexpected(folders.error());
  const std::string present = time_name(now);
  for (const Folder& folder : *folders | std::views::reverse) {
    if (folder.time < present) break;
    if (!folder.complete()) continue;
    const auto head = read_manifest(store, job, folder.time);
    if (head && head->host == host) return folder.time;
    // What is damaged is nobody's, and another host may remove its own meanwhile.
    if (!head && head.error().code() != Code::corrupt && head.error().code() != Code::not_found)
      return std::unexpected(head.error());
  }
  return std::string();
}

bool was_removed(objects::ObjectStore& store, const std::string& job, const std::string& time) {
  const auto manifest = store.head(key_of(job, time, kManifestName));
  return !manifest && manifest.error().code() == Code::not_found;
}

std::string format_claim(std::string_view host) {
  JsonWriter out;
  out.object().field("host", host).end();
  return out.take() + "\n";
}

std::string host_of_claim(std::string_view text) {
  boost::json::error_code bad;
  const auto value = boost::json::parse(boost::json::string_view(text.data(), text.size()), bad);
  const auto* object = bad ? nullptr : value.if_object();
  const auto* host = object == nullptr ? nullptr : object->if_contains("host");
  return host != nullptr && host->is_string() ? std::string(host->get_string()) : std::string{};
}

}  // namespace steward::backup
