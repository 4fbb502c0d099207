#include "objects/open_store.hpp"

#include "objects/directory_store.hpp"
#include "objects/s3/s3_store.hpp"

namespace steward::objects {

std::string folder_of(std::string_view url) {
  if (!url.starts_with("file:///")) return {};
  url.remove_prefix(7);
  while (url.size() > 1 && url.ends_with('/')) url.remove_suffix(1);
  return std::string(url);
}

Result<std::unique_ptr<ObjectStore>> open_store(std::string_view url, StoreOptions options) {
  if (url.starts_with("s3://")) return open_s3_store(url.substr(5), std::move(options));
  const std::string root = folder_of(url);
  if (root.empty())
    return fail(Code::invalid, "{:?} names no object store; write s3://bucket/prefix or file:///folder", url);
  if (root == "/" || root.find('\0') != std::string::npos)
    return fail(Code::invalid, "{:?}: a folder of its own is needed, such as file:///var/lib/backups", url);
  return options.read_only ? DirectoryStore::open_to_read(root, options.existing)
                           : DirectoryStore::open(root, options.existing);
}

}  // namespace steward::objects
