#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace steward::config {

/// A file that the configuration names and that `steward up` needs.
struct NamedFile {
  std::string path;
  bool secret = false;  ///< it holds passwords, tokens or addresses that are as good
};

/// The env_files, the files of secrets, and the certificates; each once, in the file's order.
std::vector<NamedFile> named_files(const Settings& settings);

}  // namespace steward::config
