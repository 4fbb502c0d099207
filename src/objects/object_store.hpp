#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace steward::objects {

/// Whether objects of this storage class are to be fetched from an archive before they can be read.
constexpr bool is_archive_class(std::string_view storage_class) {
  return storage_class == "GLACIER" || storage_class == "DEEP_ARCHIVE";
}

/// What a store says of one object.
struct ObjectInfo {
  std::string key;
  std::int64_t size = 0;
  std::string etag;           ///< names this content under this key; opaque, for conditions
  WallNs modified = 0;        ///< the store's clock
  std::string storage_class;  ///< as S3 names it; empty: the store's usual one
  /// Lies in an archive (GLACIER, DEEP_ARCHIVE): read() fails until it was fetched from there. head() knows;
  /// list() says it also of objects that were fetched already.
  bool archived = false;
};

/// How an object is written. At most one of the conditions.
struct PutOptions {
  bool if_absent = false;     ///< only when the key has no object
  std::string if_match;       ///< only when the key's object has this etag
  std::string storage_class;  ///< empty: the one of the store's options
};

struct WriteOptions : PutOptions {
  /// The id of an upload that another writer left unfinished under this key. The same bytes are written again
  /// from the first on; those that the store proves to have already (by their hash) do not travel again.
  /// Other bytes, or an upload that is gone, only cost their transfer: the result is what was written,
  /// always.
  std::string resume;
};

/// One page of a listing, in the order of the keys' bytes.
struct ObjectPage {
  std::vector<ObjectInfo> objects;
  bool more = false;  ///< go on with list(prefix, objects.back().key)
};

/// An object that was begun and neither finished nor aborted. It costs space.
struct Upload {
  std::string key;
  std::string id;
  WallNs started = 0;
};

/// An object under way. Nothing of it can be seen in the store before finish() has succeeded. Made by
/// ObjectStore::create, must not outlive its store; one thread at a time. Destroyed unfinished, or killed, it
/// leaves an upload that can be resumed, or aborted with ObjectStore::abort.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  /// Takes the next bytes, any number; waits while too much is on its way. A failure is final.
  virtual Status write(std::string_view bytes) = 0;
  /// Success only when the store proved that it has every byte, durably. Called once.
  virtual Result<ObjectInfo> finish() = 0;
  /// Takes back what was sent. After a failure, or in place of finish().
  virtual Status abort() = 0;
  /// For WriteOptions::resume; empty while the store holds nothing of it. Any state.
  virtual std::string upload_id() const = 0;
};

/// Where backups and leases are kept: S3, a folder, or memory (the twin for tests). All pass one conformance
/// suite (conformance_test.cpp).
///
/// Every method blocks, up to the store's deadline: call it from a worker, never from the control loop. Any
/// thread may call, several at once. Keys are relative to the store's URL and obey check_key; none
/// may be the folder of another ("a" beside "a/b"). Failed attempts
/// have been repeated when a method returns an error:
///   invalid      a key or an option; nothing was sent
///   not_found    no such object (head, read), bucket or upload
///   conflict     the condition does not hold; what is in the store is somebody else's
///   denied       credentials, permissions, an archived object
///   corrupt      the store's answer contradicts itself or what was sent
///   timeout      the deadline passed. Of a write it is *unknown* whether it happened
///   unavailable  the store cannot be reached or refuses for now. Of a write likewise unknown
///   cancelled    the store's stop token was used
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// The URL, for people: "s3://bucket/prefix".
  virtual std::string place() const = 0;
  /// Tells this store from another one that is met at the same place, such as the next of several disks;
  /// empty where that is not known: of S3, where a bucket's name is enough, and of a folder that is a bare
  /// copy.
  virtual std::string identity() const { return {}; }
  /// Writes a whole small object (≤ 64 MiB), replacing what is there; readers see the old one or the new one.
  /// A conditional write whose answer was lost is told apart from somebody else's.
  virtual Result<ObjectInfo> put(std::string_view key, std::string_view bytes,
                                 const PutOptions& options = {}) = 0;
  /// Begins a large one. Conditions are judged by finish().
  virtual Result<std::unique_ptr<ObjectWriter>> create(std::string_view key,
                                                       const WriteOptions& options = {}) = 0;
  virtual Result<ObjectInfo> head(std::string_view key) = 0;
  /// `length` bytes from `offset`, fewer only at the object's end, none beyond it. With an `etag`: of that
  /// content, else Code::conflict. Whole or an error, never a part. ObjectReader (object_reader.hpp) reads on
  /// top of this as a stream.
  virtual Result<std::string> read(std::string_view key, std::int64_t offset, std::int64_t length,
                                   std::string_view etag = {}) = 0;
  /// Objects whose key begins with `prefix` (a text, not a folder) and lies behind `after`; at most `most`
  /// (1 to 1000). Many stores answer from the past: an object that was just written may be missing.
  virtual Result<ObjectPage> list(std::string_view prefix, std::string_view after = {}, int most = 1000) = 0;
  /// Succeeds also when there is none.
  virtual Status remove(std::string_view key) = 0;
  virtual Result<std::vector<Upload>> uploads(std::string_view prefix) = 0;
  /// Gives an upload up and frees what it holds; succeeds also when there is none.
  virtual Status abort(const Upload& upload) = 0;
};

/// The keys that every store takes: 1 to 800 bytes of UTF-8 without control characters, '\\' or DEL, in
/// segments of at most 240 bytes between single '/', none of them "." or "..", the first not
/// ".steward-store".
Status check_key(std::string_view key);

/// Whether a prefix of list() and uploads() could begin such a key; empty is every key.
Status check_prefix(std::string_view prefix);

/// What all stores refuse of a write: a bad key, two conditions at once, a storage class that is no word.
Status check_put(std::string_view key, const PutOptions& options);

/// Of a read: an offset or a length below 0, a length above 1 GiB.
Status check_range(std::int64_t offset, std::int64_t length);

/// All objects of a prefix, page by page; Code::invalid when there are more than `most`.
Result<std::vector<ObjectInfo>> list_all(ObjectStore& store, std::string_view prefix,
                                         std::size_t most = 1'000'000);

/// Aborts the uploads of `prefix` that were started before `before`; how many there were.
Result<int> abort_stale_uploads(ObjectStore& store, std::string_view prefix, WallNs before);

}  // namespace steward::objects
