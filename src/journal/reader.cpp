#include "journal/reader.hpp"

#include <sys/stat.h>

#include "base/ulid.hpp"
#include "journal/decoder.hpp"
#include "journal/layout.hpp"
#include "os/files.hpp"

namespace steward::journal {

Reader::Reader(std::string state_folder, Cursors& cursors, const Clock& clock)
    : state_folder_(std::move(state_folder)), cursors_(cursors), clock_(clock), buffer_(Decoder::kPadding) {
  keeper_ = &lane(std::string(kKeeper));
  for (const auto& [id, entry] : cursors_.runs.rows()) lane(entry.row.bot);
}

Lane& Reader::lane(const std::string& bot) {
  auto& slot = lanes_[bot];
  if (!slot) {
    slot = std::make_unique<Lane>(state_folder_, bot, cursors_);
    if (bot != kKeeper) turn_.push_back(slot.get());
  }
  return *slot;
}

void Reader::run_started(const std::string& bot, const std::string& run) {
  if (bot == kKeeper || !is_ulid(run)) return;
  lane(bot).add_run(run);
}

void Reader::run_ended(const std::string& bot, const std::string& run) {
  if (bot == kKeeper || !is_ulid(run)) return;
  lane(bot).end_run(run);
}

std::optional<Item> Reader::next() {
  const MonoNs now = clock_.mono();
  const bool scanning = !scanned_ || now >= next_scan_;
  if (now >= next_thorough_) {
    next_thorough_ = now + kThorough;
    thorough_left_ = turn_.size() + 1;
  }
  if (scanning || now >= next_keeper_scan_) {
    next_keeper_scan_ = now + kKeeperScan;
    scan_runs(std::string(kKeeper));
  }
  current_ = keeper_;
  if (auto item = keeper_->next(buffer_, thorough_left_ > 0)) return item;
  if (scanning) {
    scan();
    scanned_ = true, next_scan_ = now + kScan;
  }
  for (std::size_t seen = 0; seen < turn_.size(); ++seen) {
    current_ = turn_[at_++ % turn_.size()];
    const bool thorough = thorough_left_ > 0;
    if (thorough) --thorough_left_;
    if (auto item = current_->next(buffer_, thorough)) return item;
  }
  thorough_left_ = 0;
  current_ = nullptr;
  return std::nullopt;
}

void Reader::advance() {
  if (current_ != nullptr) current_->advance();
}

/// Bots that nobody announced: all, when there is no keeper's journal.
void Reader::scan() {
  trouble_.clear();
  scan_runs(std::string(kAgent));
  const auto names = list_folder(state_folder_ + "/bots");
  if (!names) {
    if (names.error().code() != Code::not_found) trouble_ = names.error().text();
    return;
  }
  for (const std::string& name : *names) {
    if (name != kKeeper && name != kAgent) scan_runs(name);
  }
}

void Reader::scan_runs(const std::string& bot) {
  const std::string path = state_folder_ + "/" + runs_folder(bot);
  struct ::stat info{};
  if (::stat(path.c_str(), &info) != 0) return;
  Folder& folder = folders_[bot];
  const std::int64_t changed = wall_of(info.st_mtim);
  if (changed != folder.changed) {
    const auto names = list_folder(path);
    if (!names) {
      trouble_ = names.error().text();
      return;
    }
    // A name made within the same tick of the file system's clock would not show in the folder's time.
    folder.changed = clock_.wall() - changed > kSecond ? changed : -1;
    for (const std::string& run : *names) {
      if (is_ulid(run) && !lane(bot).knows(run)) folder.quiet.insert(run);
    }
  }
  for (auto run = folder.quiet.begin(); run != folder.quiet.end();) {
    const bool known = lane(bot).knows(*run);
    const bool speaks = known || has_content(path + "/" + *run);
    if (speaks && !known) lane(bot).add_run(*run);
    run = speaks ? folder.quiet.erase(run) : std::next(run);
  }
}

bool Reader::has_content(const std::string& run_folder) const {
  const auto size = file_size(run_folder + "/" + segment_name(1));
  return size && *size > 0;
}

std::string Reader::trouble() const {
  if (!trouble_.empty()) return trouble_;
  for (const auto& [bot, lane] : lanes_) {
    if (!lane->trouble().empty()) return lane->trouble();
  }
  return {};
}

std::int64_t Reader::backlog() const {
  std::int64_t bytes = 0;
  for (const auto& [bot, lane] : lanes_) bytes += lane->backlog();
  return bytes;
}

}  // namespace steward::journal
