#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "backup/backup.hpp"
#include "backup/restore.hpp"
#include "backup/test_streams.hpp"
#include "journal/test_folder.hpp"
#include "objects/open_store.hpp"

namespace steward::backup {

/// What is compared of a restored file: kind, mode, size, time, content or target.
inline std::map<std::string, std::string> tree_of(const std::string& root) {
  std::map<std::string, std::string> tree;
  for (const auto& item : std::filesystem::recursive_directory_iterator(root)) {
    struct ::stat info{};
    ::lstat(item.path().c_str(), &info);
    std::string what = fmt::format("{:o} {}.{:09}", info.st_mode, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
    if (item.is_symlink()) {
      what += " -> " + std::filesystem::read_symlink(item.path()).string();
    } else if (item.is_regular_file()) {
      std::ifstream in(item.path(), std::ios::binary);
      what += " " + std::string(std::istreambuf_iterator<char>(in), {});
    }
    tree[item.path().string().substr(root.size())] = what;
  }
  return tree;
}

/// A place with data, a scratch folder, a store, and a clock an hour ahead of the files' times.
class Kit {
 public:
  Kit() : store(objects::make_memory_store()) {
    std::filesystem::create_directories(data());
    std::filesystem::create_directories(folder.path() + "/scratch");
    environment.clock = &clock;
    environment.host = "trader-1";
    environment.scratch = folder.path() + "/scratch";
    environment.low_priority = false;
    job.name = "config";
    job.sources = {{SourceKind::files, data(), {}}};
  }

  std::string data() const { return folder.path() + "/data"; }
  std::string place(const std::string& name) const { return folder.path() + "/" + name; }
  /// Where `data` is below a restored folder.
  std::string restored(const std::string& name) const { return place(name) + data(); }
  void write(const std::string& name, const std::string& content) const {
    const std::filesystem::path path = data() + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }

  Result<BackupReport> backup() {
    clock.advance(3600 * kSecond);
    return run_backup(job, *store, environment);
  }
  Result<RestoreReport> restore_to(const std::string& name, const std::string& time) {
    RestoreOptions options;
    options.to = place(name);
    return restore(*store, job.name, time, identities, options);
  }
  /// Tells a reader: the backup restores to what `data` was.
  bool restores_to(const std::string& time, const std::map<std::string, std::string>& tree) {
    const std::string name = fmt::format("check-{}", ++count_);
    const auto done = restore_to(name, time);
    const bool same = done && tree_of(restored(name)) == tree;
    std::filesystem::remove_all(place(name));
    return same;
  }
  std::string object(const std::string& key) { return store->read(key, 0, 1 << 30).value(); }

  journal::TestFolder folder;
  std::unique_ptr<objects::ObjectStore> store;
  ManualClock clock{SystemClock().wall()};
  Environment environment;
  Job job;
  std::vector<Identity> identities;

 private:
  int count_ = 0;
};

}  // namespace steward::backup
