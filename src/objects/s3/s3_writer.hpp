#pragma once

#include <deque>
#include <functional>
#include <future>
#include <optional>
#include <stop_token>
#include <string>

#include "objects/s3/multipart.hpp"
#include "objects/s3/s3_objects.hpp"

namespace steward::objects {

/// A streamed object: one PUT when it fits in a part, else a multipart upload with a few parts on their way
/// at a time, each on a thread of its own. Memory: the parts on their way and the one that is filled.
class S3Writer final : public ObjectWriter {
 public:
  S3Writer(S3Client& client, std::string key, WriteOptions options);
  ~S3Writer() override;

  Status write(std::string_view bytes) override;
  Result<ObjectInfo> finish() override;
  Status abort() override;
  std::string upload_id() const override { return upload_; }

 private:
  struct Sent {
    int number = 0;
    std::int64_t size = 0;
    std::string etag;
    std::string checksum;
  };

  /// The upload exists: a new one, or the resumed one with its parts.
  Status begin();
  Status create();
  Result<bool> resume();
  /// Sends the buffer as the next part, after a wait for one of those on their way.
  Status flush();
  Status collect_oldest();
  Result<Sent> send_part(int number, const std::string& bytes);
  Result<ObjectInfo> complete();
  Result<ObjectInfo> confirm(const std::string& etag);
  Result<ObjectInfo> put_whole();
  Status failed(const Error& error);

  S3Client& client_;
  S3Objects objects_;
  std::string key_;
  WriteOptions options_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> stop_with_store_;
  std::string token_;   ///< of the object's metadata; empty when the upload is another writer's
  std::string upload_;  ///< empty until begin()
  Multipart parts_;
  std::string buffer_;
  std::deque<std::future<Result<Sent>>> under_way_;
  std::optional<Error> error_;
};

}  // namespace steward::objects
