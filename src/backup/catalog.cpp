#include "backup/catalog.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/json_writer.hpp"
#include "objects/object_reader.hpp"

namespace steward::backup {

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

Result<std::string> read_manifest_text(objects::ObjectStore& store, const std::string& job,
                                       const std::string& time) {
  const std::string key = key_of(job, time, kManifestName);
  auto reader = objects::ObjectReader::open(store, key);
  if (!reader) return std::unexpected(reader.error());
  if (reader->info().size > static_cast<std::int64_t>(kManifestLimit))
    return fail(Code::corrupt, "{}/{} is larger than a manifest can be", store.place(), key);
  std::string text;
  while (true) {
    auto piece = reader->next();
    if (!piece) return piece;
    if (piece->empty()) return text;
    text += *piece;
  }
}

Result<Manifest> parse_manifest_of(std::string_view text, const std::string& job, const std::string& time) {
  auto manifest = parse_manifest(text);
  if (!manifest) return fail(manifest.error(), "{}/{}", job, time);
  if (manifest->job != job || manifest->time != time)
    return fail(Code::corrupt, "{}/{} holds the manifest of {}/{}", job, time, manifest->job, manifest->time);
  return manifest;
}

Result<Manifest> read_manifest(objects::ObjectStore& store, const std::string& job, const std::string& time) {
  auto text = read_manifest_text(store, job, time);
  if (!text) return std::unexpected(text.error());
  return parse_manifest_of(*text, job, time);
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
