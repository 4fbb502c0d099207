#include "backup/ship/shipper.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "backup/jobs/job_facts.hpp"
#include "backup/manifest/catalog.hpp"
#include "backup/ship/ship_file.hpp"
#include "backup/stages/hash.hpp"
#include "base/units.hpp"
#include "os/files.hpp"

namespace steward::backup {

namespace {

constexpr std::int64_t kSaveEvery = 5 * kSecond, kSaveIdle = 60 * kSecond;
constexpr std::int64_t kOpenAgain = 60 * kSecond;
constexpr int kMostNames = 20;

/// Reads on until `size` bytes are there or the file ends.
Status read_at(int fd, std::int64_t offset, std::int64_t size, const std::string& path, std::string& out) {
  const std::size_t before = out.size();
  out.resize(before + static_cast<std::size_t>(size));
  std::int64_t got = 0;
  while (got < size) {
    const ssize_t part =
        ::pread(fd, out.data() + before + got, static_cast<std::size_t>(size - got), offset + got);
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return fail_errno(errno, "cannot read " + path);
    if (part == 0) break;
    got += part;
  }
  out.resize(before + static_cast<std::size_t>(got));
  return {};
}

/// Appends the piece's bytes, fewer when the file has become shorter meanwhile, and sets its length and hash
/// to what was read. A small file that was replaced since it was seen is taken as it is now.
Status read_piece(TailPiece& piece, std::string& body) {
  const std::string path = "/" + piece.path;
  const std::size_t before = body.size();
  const auto file = open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file && file.error().code() != Code::not_found) return std::unexpected(file.error());
  struct ::stat info{};
  if (file && piece.kind == PieceKind::whole && ::fstat(file->get(), &info) == 0) {
    piece.length = std::min(info.st_size, kLargestSmallFile);
    piece.mtime = wall_of(info.st_mtim);
  }
  if (file) {
    if (auto read = read_at(file->get(), piece.offset, piece.length, path, body); !read) return read;
  }
  piece.length = static_cast<std::int64_t>(body.size() - before);
  piece.sha256 = sha256_hex(std::string_view(body).substr(before));
  return {};
}

bool is_folder(const objects::ObjectStore& store) {
  return !store.identity().empty();
}

}  // namespace

Shipper::Shipper(ShipJob job, OpenStore open, const Clock& clock, Random& random)
    : job_(std::move(job)), open_(std::move(open)), clock_(clock), random_(random), watch_(job_.watch) {
  ShipFile known = read_ship_file(job_.work_folder, job_.name, job_.place);
  state_.restore(std::move(known.files), known.facts);
}

Shipper::~Shipper() {
  if (unsaved_) save();
}

Status Shipper::open() {
  const bool due = clock_.mono() - opened_at_ >= kOpenAgain;
  if (store_ && !(due && is_folder(*store_))) return {};
  store_.reset();
  opened_at_ = clock_.mono();
  auto store = open_();
  if (!store) return std::unexpected(store.error());
  store_ = std::move(*store);
  facts_changed_ = -1;
  if (state_.opened(store_->identity())) begin_anew();
  return {};
}

void Shipper::close_after(const Error& error) {
  const bool away = error.code() == Code::unavailable || error.code() == Code::timeout;
  if (is_folder(*store_) || !away) store_.reset();
}

/// Nothing that the store is known to have is there any more.
void Shipper::begin_anew() {
  state_.begin_anew();
  watch_ = JournalWatch(job_.watch);  // which passes over what the store had
  has_backup_ = false;
  unsaved_ = true;
}

bool Shipper::is_gone(const std::string& backup) const {
  return is_folder(*store_) && was_removed(*store_, job_.name, backup);
}

/// Whether the newest that we know of, a shipped object or a backup, is not there.
bool Shipper::is_newest_gone() const {
  const std::string &newest = facts().newest, &backup = facts().backup;
  if (newest <= backup) return !backup.empty() && is_gone(backup);
  const auto tail = store_->head(tail_key(job_.name, job_.host, newest));
  return !tail && tail.error().code() == Code::not_found;
}

/// Somebody emptied the folder under us. To be asked before each object: what went there after it would
/// continue what is gone.
bool Shipper::is_emptied() {
  if (!is_folder(*store_) || !is_newest_gone()) return false;
  look_for_backups();  // one may have ended just now, and has removed what was before it
  const bool found_too = facts().newest.empty() && facts().backup.empty();
  return found_too || is_newest_gone();
}

/// A backup that succeeded, into this store, holds what was written before it began.
void Shipper::look_for_backups() {
  struct ::stat info{};
  const bool some = ::stat(fmt::format("{}/{}.json", job_.work_folder, job_.name).c_str(), &info) == 0;
  const std::int64_t changed = some ? wall_of(info.st_mtim) : 0;
  if (changed == facts_changed_) return;
  facts_changed_ = changed;
  const JobFacts facts = read_job_facts(job_.work_folder, job_.name, job_.place, store_->identity());
  const bool has = facts.made.started != 0 && !is_gone(facts.made.time);
  if (!has && !this->facts().backup.empty()) begin_anew();
  has_backup_ = has;
  if (has) state_.covered(facts.made.started, facts.made.time);
  state_.backup_began(facts.run.started);
  // Its name, which is of the future when the clock was: what is shipped from now on belongs to it.
  for (const std::string& time : {facts.after, facts.made.time}) state_.taken(time);
}

bool Shipper::turn() {
  if (clock_.mono() < state_.retry_at()) return false;
  const Status opened = open();
  if (opened) look_for_backups();
  seen_.clear();
  Status done = watch_.look(state_, clock_.wall(), seen_);
  std::vector<TailPiece> pieces = state_.next(seen_, most_, clock_.wall());
  if (!opened) {
    pieces.clear();
    done = opened;
  } else if (!has_backup_ && facts().behind_bytes > kBeforeFirst) {
    pieces.clear();
    done = fail(Code::unavailable, "{} of journals wait for the first backup of the job",
                format_bytes(facts().behind_bytes));
  }
  const bool some = !pieces.empty();
  if (some && is_emptied()) {
    begin_anew();
    store_.reset();  // which tells the schedule, too
    return true;
  }
  const std::string error = facts().error;
  if (some) {
    if (auto shipped = ship(std::move(pieces)); !shipped) {
      done = shipped;
      close_after(shipped.error());
    }
    unsaved_ = true;
  }
  if (some) most_ = done ? std::min(most_ * 2, kAtOnce) : std::max(most_ / 2, kLeast);
  if (!done) state_.failed(done.error().text(), clock_.wall(), clock_.mono(), random_);
  if (done && !some) state_.well();
  const MonoNs idle = clock_.mono() - saved_at_;
  if (idle >= (unsaved_ ? kSaveEvery : kSaveIdle) || facts().error != error) save();
  return done && some && facts().behind_bytes > 0;
}

/// The object's bytes; the pieces get their lengths and hashes.
Result<std::string> Shipper::object_of(std::vector<TailPiece>& pieces, const std::string& time,
                                       std::string& body) {
  TailHeader header{job_.name, job_.host, time, {}, pieces};
  if (job_.recipients.empty()) return format_tail(header, body, nullptr);
  const Secret data_key = make_data_key();
  for (const Recipient& recipient : job_.recipients) {
    auto sealed = seal_key(data_key, recipient);
    if (!sealed) return std::unexpected(sealed.error());
    header.recipients.push_back(std::move(*sealed));
  }
  return format_tail(header, body, &data_key);
}

Status Shipper::ship(std::vector<TailPiece> pieces) {
  std::string body;
  for (TailPiece& piece : pieces) {
    if (piece.kind == PieceKind::gone) continue;
    if (auto read = read_piece(piece, body); !read) return read;
  }
  for (int attempts = 0;; ++attempts) {
    const std::string time = state_.time_for(clock_.wall());
    auto object = object_of(pieces, time, body);
    if (!object) return std::unexpected(object.error());
    objects::PutOptions fresh;
    fresh.if_absent = true;
    auto put = store_->put(tail_key(job_.name, job_.host, time), *object, fresh);
    if (put) {
      state_.confirmed(pieces, time, put->size, clock_.wall());
      return {};
    }
    // An object that an earlier life of ours wrote before it was killed, and the clock has gone back since.
    state_.taken(put.error().code() == Code::conflict ? time : std::string());
    if (put.error().code() != Code::conflict || attempts == kMostNames)
      return fail(put.error(), "the journals cannot be shipped");
  }
}

void Shipper::save() {
  saved_at_ = clock_.mono();
  // That it cannot be written (a full disk) costs that bytes travel twice after a restart.
  if (write_ship_file(job_.work_folder, job_.name, state_.facts(), state_.files())) unsaved_ = false;
}

}  // namespace steward::backup
