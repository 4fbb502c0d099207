#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "objects/object_store.hpp"
#include "os/fd.hpp"

namespace steward::objects {

/// A folder's files as objects, for any number of processes: a key is the path below the root. An object
/// appears by write, fsync, rename, fsync of the folder. `ROOT/.steward-store` has the lock that commits and
/// removals take, the uploads under way, and the identity. Another folder at the root's path than the one
/// that was opened, as when a disk is mounted or unmounted, makes both fail: open anew. No symbolic link is
/// followed below the root, so no key leads out of it. The etag is inode, size and modification time, which
/// is made to grow with every commit.
class DirectoryStore final : public ObjectStore {
 public:
  /// With `existing` Code::not_found, and nothing is made, where there is no `.steward-store`.
  static Result<std::unique_ptr<ObjectStore>> open(const std::string& root, bool existing);
  /// Makes nothing, so it reads a disk that cannot be written to and a copy of a store's objects, too; what
  /// writes fails.
  static Result<std::unique_ptr<ObjectStore>> open_to_read(const std::string& root, bool existing);

  std::string place() const override { return "file://" + root_; }
  std::string identity() const override { return identity_; }
  Result<ObjectInfo> put(std::string_view key, std::string_view bytes, const PutOptions& options) override;
  Result<std::unique_ptr<ObjectWriter>> create(std::string_view key, const WriteOptions& options) override;
  Result<ObjectInfo> head(std::string_view key) override;
  Result<std::string> read(std::string_view key, std::int64_t offset, std::int64_t length,
                           std::string_view etag) override;
  Result<ObjectPage> list(std::string_view prefix, std::string_view after, int most) override;
  Status remove(std::string_view key) override;
  Result<std::vector<Upload>> uploads(std::string_view prefix) override;
  Status abort(const Upload& upload) override;

 private:
  friend class DirectoryWriter;
  DirectoryStore(std::string root, Fd folder, Fd uploads)
      : root_(std::move(root)), folder_(std::move(folder)), uploads_(std::move(uploads)) {}

  /// Reads the identity in the store's own folder, and makes it when there is none.
  Status identify(int own);
  /// Whether the root's path still leads to the folder that was opened.
  Status still_there() const;
  /// The lock, held until the descriptor is closed.
  Result<Fd> lock() const;
  /// Gives the finished file uploads/NAME its key.
  Result<ObjectInfo> commit(const std::string& name, std::string_view key, const PutOptions& options) const;
  Status discard(const std::string& id) const;
  std::string name_of(std::string_view key) const { return place() + "/" + std::string(key); }

  std::string root_;
  Fd folder_;
  Fd uploads_;
  std::string identity_;
};

}  // namespace steward::objects
