#include "backup/archive_writer.hpp"

#include "backup/stages/cipher.hpp"

namespace steward::backup {

namespace {

// Files come faster than one thread compresses: two beside the reader's pack 1 GB of JSON lines in 1.9 s on
// two cores, where one takes 3.3 s. A dump does not: the server and pg_dump need the other core, and to
// share both with two threads costs a tenth of the time (bench/backup_postgres.py).
constexpr int kThreadsForFiles = 2;
constexpr int kThreadsForContent = 0;

}  // namespace

Result<std::unique_ptr<ArchiveWriter>> ArchiveWriter::open(objects::ObjectStore& store,
                                                           const std::string& folder, const std::string& name,
                                                           const ArchiveOptions& options,
                                                           const Clock& clock) {
  const std::string full =
      fmt::format("{}{}{}", name, suffix_of(options.compression), options.data_key == nullptr ? "" : ".enc");
  const std::string key = folder + "/" + full;
  objects::WriteOptions write;
  write.if_absent = true;
  write.storage_class = options.storage_class;
  auto writer = store.create(key, write);
  if (!writer) return std::unexpected(writer.error());
  return std::unique_ptr<ArchiveWriter>(new ArchiveWriter(key, full, std::move(*writer), options, clock));
}

ArchiveWriter::ArchiveWriter(std::string key, std::string name, std::unique_ptr<objects::ObjectWriter> writer,
                             const ArchiveOptions& options, const Clock& clock)
    : name_(std::move(name)),
      store_(std::move(writer)),
      throttle_(options.bytes_a_second, clock, options.stop, store_),
      outer_(throttle_) {
  if (options.data_key != nullptr) encryptor_ = make_encryptor(*options.data_key, std::move(key), outer_);
  if (encryptor_) inner_.emplace(*encryptor_);
  compressor_ = make_compressor(options.compression, inner_ ? static_cast<ByteSink&>(*inner_) : outer_,
                                options.tar ? kThreadsForFiles : kThreadsForContent);
  worker_ = std::make_unique<WorkerSink>(*compressor_, options.low_priority ? &lower_priority : nullptr);
  if (options.tar) {
    tar_ = std::make_unique<TarWriter>(*worker_);
  } else {
    content_.emplace(*worker_);
  }
}

ArchiveWriter::~ArchiveWriter() {
  worker_.reset();
  // What the store keeps of it after this failed too is aborted by whoever cleans up stale uploads.
  if (!finished_) static_cast<void>(store_.writer->abort());
}

Result<Archive> ArchiveWriter::finish() {
  if (auto done = tar_ ? tar_->finish() : content_->finish(); !done) return std::unexpected(done.error());
  finished_ = true;
  Archive archive;
  archive.name = name_;
  archive.size = outer_.size();
  archive.tar_size = tar_ ? tar_->size() : content_->size();
  archive.sha256 = outer_.hex();
  archive.plain_sha256 = inner_ ? inner_->hex() : archive.sha256;
  if (store_.stored != archive.size) {
    return fail(Code::corrupt, "the store says that {} has {} bytes, but {} were written", name_,
                store_.stored, archive.size);
  }
  return archive;
}

}  // namespace steward::backup
