#include "journal/lane.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "journal/event.hpp"
#include "journal/layout.hpp"
#include "os/files.hpp"

namespace steward::journal {

namespace {
/// The keeper makes the next segment at 64 MiB; well before that a look for it would be wasted.
constexpr std::int64_t kMayBeFull = 48 * 1024 * 1024;
constexpr std::size_t kKeptOpen = 2;
/// Of a line without an end, in one look.
constexpr int kBlocksAtOnce = 16;
}  // namespace

Lane::Lane(std::string state_folder, std::string bot, Cursors& cursors)
    : state_folder_(std::move(state_folder)), bot_(std::move(bot)), cursors_(cursors) {
  for (const auto& [id, entry] : cursors_.runs.rows()) {
    if (entry.row.bot == bot_) runs_.push_back({entry.row.run, entry.row.ended, false, {}});
  }
}

bool Lane::knows(std::string_view run) const {
  return std::ranges::any_of(runs_, [&](const Run& known) { return known.name == run; }) ||
         cursors_.done.contains(bot_, run);
}

void Lane::add_run(const std::string& run) {
  if (knows(run)) return;
  cursors_.runs.add({bot_, run, false});
  runs_.push_back({run, false, false, {}});
}

void Lane::end_run(const std::string& run) {
  add_run(run);
  for (Run& known : runs_) {
    if (known.name != run || known.ended) continue;
    known.ended = true;
    auto* cursor = cursors_.runs.find(key_from(bot_, run));
    cursor->row.ended = true;
    cursors_.runs.touch(*cursor);
  }
}

std::string Lane::folder() const {
  return fmt::format("{}/{}/{}", state_folder_, runs_folder(bot_), runs_.front().name);
}

void Lane::add_segment(int number) {
  const std::string key = key_from(bot_, runs_.front().name, number);
  auto* cursor = cursors_.segments.find(key);
  if (cursor == nullptr) cursor = &cursors_.segments.add({bot_, runs_.front().name, number, 0, false});
  Segment segment;
  segment.number = number, segment.cursor = cursor, segment.scanned = cursor->row.offset;
  runs_.front().segments.push_back(std::move(segment));
}

/// The segments in the run's folder that are not known yet.
void Lane::find_segments() {
  Run& run = runs_.front();
  const auto names = list_folder(folder());
  if (!names) {
    if (names.error().code() != Code::not_found) trouble_ = names.error().text();
    return;
  }
  run.found = true;
  for (const std::string& name : *names) {
    const auto number = segment_number(name);
    if (number && (run.segments.empty() || *number > run.segments.back().number)) add_segment(*number);
  }
}

bool Lane::open(Segment& segment) {
  if (segment.fd) return true;
  const std::string path = folder() + "/" + segment_name(segment.number);
  auto file = open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  segment.unreadable =
      !file && file.error().code() != Code::not_found;  // one that was removed holds nothing up
  if (!file) {
    trouble_ = file.error().text();
    return false;
  }
  segment.fd = std::move(*file);
  return true;
}

bool Lane::measure(Segment& segment) {
  if (segment.cursor->row.shrunk || !open(segment)) return false;
  struct ::stat info{};
  if (::fstat(segment.fd.get(), &info) != 0) return false;
  segment.size = info.st_size;
  segment.modified = wall_of(info.st_mtim);
  return true;
}

/// Looks at sizes, newest first.
void Lane::look(bool thorough) {
  Run& run = runs_.front();
  if (thorough) trouble_.clear();
  const bool full = !run.segments.empty() && run.segments.back().size >= kMayBeFull;
  if (!run.found || thorough || over() || run.segments.empty() || full) {
    if (!run.found || full || over()) {
      find_segments();
    } else if (exists(folder() + "/" +
                      segment_name(run.segments.empty() ? 1 : run.segments.back().number + 1))) {
      find_segments();
    }
  }
  const bool all = thorough || over();
  for (std::size_t i = run.segments.size(), seen = 0; i-- > 0 && (all || seen < kKeptOpen); ++seen) {
    if (!run.segments[i].unreadable || thorough) measure(run.segments[i]);
  }
}

void Lane::close_old() {
  auto& segments = runs_.front().segments;
  for (std::size_t i = 0; i + kKeptOpen < segments.size(); ++i) segments[i].fd.reset();
}

std::optional<Item> Lane::next(ReadBuffer& buffer, bool thorough) {
  pending_ = nullptr, pending_over_ = false, pending_shrunk_ = false;
  if (runs_.empty()) return std::nullopt;
  look(thorough);
  for (Segment& segment : runs_.front().segments) {
    if (segment.cursor->row.shrunk) continue;
    if (segment.size < segment.offset() && segment.fd) {
      pending_ = &segment, pending_shrunk_ = true, pending_offset_ = segment.offset();
      return item(Item::Kind::shrunk, segment, "the file became shorter than what was already read");
    }
    for (int blocks = 0; blocks < kBlocksAtOnce && segment.size > segment.scanned; ++blocks) {
      if (auto found = read(segment, buffer)) return found;
    }
  }
  close_old();
  return over() ? finish() : std::nullopt;
}

/// Whole lines from the segment's offset on. Nothing when no line ends in what there is.
std::optional<Item> Lane::read(Segment& segment, ReadBuffer& buffer) {
  const bool skipping = segment.scanned - segment.offset() > static_cast<std::int64_t>(kMostLine);
  const std::int64_t from = skipping ? segment.scanned : segment.offset();
  if (!open(segment)) return std::nullopt;
  const ssize_t got = ::pread(segment.fd.get(), buffer.bytes.data(), ReadBuffer::kSize, from);
  if (got <= 0) {
    if (got < 0)
      trouble_ =
          fmt::format("cannot read {}/{}: {}", folder(), segment_name(segment.number), std::strerror(errno));
    return std::nullopt;
  }
  const std::string_view bytes(buffer.bytes.data(), static_cast<std::size_t>(got));
  if (skipping) return skip_long_line(segment, bytes);
  const std::size_t end = bytes.rfind('\n');
  if (end == std::string_view::npos) {
    segment.scanned = from + got;
    return std::nullopt;
  }
  pending_ = &segment, pending_offset_ = from + static_cast<std::int64_t>(end) + 1;
  Item found = item(Item::Kind::lines, segment, {});
  found.lines = bytes.substr(0, end + 1);
  return found;
}

std::optional<Item> Lane::skip_long_line(Segment& segment, std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) {
    segment.scanned += static_cast<std::int64_t>(bytes.size());
    return std::nullopt;
  }
  pending_ = &segment, pending_offset_ = segment.scanned + static_cast<std::int64_t>(end) + 1;
  return item(Item::Kind::bad_line, segment, "longer than 64 KiB");
}

/// The run is over and every line was read: what is left are torn tails, then the run itself. What cannot be
/// read is waited for, with trouble() saying so.
std::optional<Item> Lane::finish() {
  Run& run = runs_.front();
  if (!run.found && exists(folder())) return std::nullopt;
  for (Segment& segment : run.segments) {
    if (segment.unreadable) return std::nullopt;
    if (segment.cursor->row.shrunk || segment.size <= segment.offset()) continue;
    if (segment.scanned < segment.size)
      return std::nullopt;  // a long line is still being skipped, or a read failed
    pending_ = &segment, pending_offset_ = segment.size;
    return item(Item::Kind::bad_line, segment, "torn: the run ended without a newline");
  }
  pending_over_ = true;
  Item over;
  over.kind = Item::Kind::run_over, over.bot = bot_, over.run = run.name;
  return over;
}

Item Lane::item(Item::Kind kind, const Segment& segment, std::string_view reason) const {
  Item made;
  made.kind = kind, made.bot = bot_, made.run = runs_.front().name, made.segment = segment.number;
  made.offset = segment.offset(), made.reason = reason, made.modified = segment.modified;
  return made;
}

void Lane::advance() {
  if (pending_ != nullptr) {
    auto& cursor = *pending_->cursor;
    cursor.row.offset = pending_->scanned = pending_offset_;
    cursor.row.shrunk = cursor.row.shrunk || pending_shrunk_;
    cursors_.segments.touch(cursor);
  } else if (pending_over_) {
    const Run& run = runs_.front();
    for (const Segment& segment : run.segments) cursors_.segments.erase(*segment.cursor);
    if (auto* cursor = cursors_.runs.find(key_from(bot_, run.name))) cursors_.runs.erase(*cursor);
    cursors_.done.add(bot_, run.name);
    runs_.erase(runs_.begin());
  }
  pending_ = nullptr, pending_over_ = false, pending_shrunk_ = false;
}

std::int64_t Lane::backlog() const {
  if (runs_.empty()) return 0;
  std::int64_t bytes = 0;
  for (const Segment& segment : runs_.front().segments)
    bytes += std::max<std::int64_t>(0, segment.size - segment.scanned);
  return bytes;
}

}  // namespace steward::journal
