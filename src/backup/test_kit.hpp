#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "backup/backup.hpp"
#include "backup/manifest/catalog.hpp"
#include "backup/restore/restore.hpp"
#include "backup/restore/verify.hpp"
#include "backup/stages/test_streams.hpp"
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

/// A manifest with its files, as the tests make and change them.
struct WholeManifest : Manifest {
  std::vector<Entry> files;
};

/// Its text, with the counts that a backup would give it.
inline std::string text_of(WholeManifest whole, const Secret* data_key = nullptr) {
  FileList files;
  std::set<std::string> needs;
  for (const Entry& entry : whole.files) {
    EXPECT_TRUE(files.add(entry));
    if (!entry.in.empty()) needs.insert(entry.in);
  }
  whole.needs.assign(needs.begin(), needs.end());
  whole.entries = files.size();
  TextSink text;
  EXPECT_TRUE(write_manifest(whole, files, data_key, text));
  return text.text;
}

/// Read in pieces, and with the mac checked when there is a key.
inline Result<WholeManifest> whole_of(const std::string& text, const Secret* data_key = nullptr,
                                      std::size_t piece = 1000) {
  TextSource source(text, piece);
  ManifestReader reader(source);
  auto head = reader.head();
  if (!head) return std::unexpected(head.error());
  auto files = reader.files(*head);
  if (!files) return std::unexpected(files.error());
  if (data_key != nullptr) {
    if (auto genuine = reader.check_mac(*data_key); !genuine) return std::unexpected(genuine.error());
  }
  WholeManifest whole{std::move(*head), {}};
  auto listed = files->each([&](const Entry& entry) -> Status {
    whole.files.push_back(entry);
    return {};
  });
  if (!listed) return std::unexpected(listed.error());
  return whole;
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
  WholeManifest manifest(const std::string& time) {
    return whole_of(object(key_of(job.name, time, kManifestName))).value();
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
