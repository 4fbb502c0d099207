#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "objects/object_store.hpp"
#include "os/fd.hpp"

namespace steward::objects {

/// The name of the folder under a store's root that is not for keys.
inline constexpr std::string_view kStoreFolder = ".steward-store";

/// The folder that has the key's file, entered part by part without following links; with `make` the missing
/// ones are made, durably.
Result<Fd> enter_parent(int root, std::string_view key, bool make);

/// The key's last part, as system calls want it.
std::string leaf_of(std::string_view key);

ObjectInfo info_of(std::string_view key, const struct ::stat& file);

/// The files below `root` as a page of list(): in the order of their keys, links and special files left out.
Result<ObjectPage> walk(int root, std::string_view prefix, std::string_view after, std::size_t most);

}  // namespace steward::objects
