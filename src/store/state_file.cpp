#include "store/state_file.hpp"

#include <unistd.h>

#include <cstdio>

#include "base/log.hpp"
#include "base/units.hpp"
#include "os/files.hpp"

namespace steward::store {

namespace {
void touch_all(state::Model& model, journal::Cursors& cursors) {
  const auto each = [](auto&... tables) { (tables.touch_all(), ...); };
  each(model.bots, model.orders, model.markets, model.positions, model.profits, model.ledgers, model.days,
       model.placed, model.latencies, model.series, model.scraped_strategies, model.scraped_latencies,
       model.activities, model.hours, model.notes, model.bad_lines, model.keepers, cursors.runs,
       cursors.segments, cursors.done);
}

void clear(state::Model& model, journal::Cursors& cursors) {
  model = state::Model{};
  cursors = journal::Cursors{};
}
}  // namespace

StateFile::StateFile(std::string folder, const Clock& clock)
    : folder_(std::move(folder)), path_(folder_ + "/state.db"), clock_(clock) {}

void StateFile::load(state::Model& model, journal::Cursors& cursors) {
  const bool there = exists(path_);
  const Status loaded = there ? open_and_load(model, cursors) : Status{};
  if (there && loaded) return;
  if (!loaded) {
    if (loaded.error().code() == Code::corrupt) {
      set_aside();
    } else {
      failed(loaded.error());
    }
  }
  clear(model, cursors);
  load_checkpoint(model, cursors);
  anew_ = true;
}

Status StateFile::open_and_load(state::Model& model, journal::Cursors& cursors) {
  auto store = StateStore::open(path_, Db::Mode::own);
  if (!store) return std::unexpected(store.error());
  if (auto loaded = store->load(model, cursors); !loaded) return loaded;
  store_.emplace(std::move(*store));
  return {};
}

void StateFile::load_checkpoint(state::Model& model, journal::Cursors& cursors) {
  const std::string path = folder_ + "/checkpoint";
  if (!exists(path)) return;
  auto store = StateStore::open(path, Db::Mode::snapshot);
  const Status loaded = store ? store->load(model, cursors) : std::unexpected(store.error());
  if (loaded) return;
  clear(model, cursors);
  notice_ = fmt::format("the checkpoint cannot be read, totals of journals already deleted are lost: {}",
                        loaded.error().text());
  log::error("{}", notice_);
}

void StateFile::set_aside() {
  store_.reset();
  const std::string aside = fmt::format("{}.damaged-{}", path_, format_utc(clock_.wall()));
  for (const char* part : {"", "-wal", "-shm"}) {
    static_cast<void>(
        std::rename((path_ + part).c_str(), (aside + part).c_str()));  // a part may not be there
  }
  notice_ = fmt::format("state.db was damaged; it is kept as {} and was rebuilt from the journals", aside);
  log::warning("{}", notice_);
}

Status StateFile::open_anew(state::Model& model, journal::Cursors& cursors) {
  auto store = StateStore::open(path_, Db::Mode::own);
  if (!store) return std::unexpected(store.error());
  store_.emplace(std::move(*store));
  touch_all(model, cursors);
  anew_ = true;
  return {};
}

bool StateFile::commit(state::Model& model, journal::Cursors& cursors) {
  if (retry_at_ != 0 && clock_.mono() < retry_at_) return false;
  Status done = store_ ? Status{} : open_anew(model, cursors);
  if (done) done = store_->commit(model, cursors, anew_);
  if (!done) {
    failed(done.error());
    if (done.error().code() == Code::corrupt) set_aside();
    return false;
  }
  if (!trouble_.empty()) log::info("state.db can be written again");
  anew_ = false, retry_at_ = 0;
  trouble_.clear();
  return true;
}

void StateFile::failed(const Error& error) {
  ++failures_;
  retry_at_ = clock_.mono() + kRetry;
  if (trouble_.empty()) log::error("state.db cannot be written, memory goes on: {}", error.text());
  trouble_ = error.text();
}

Result<Snapshot> StateFile::snapshot(const std::string& to) {
  if (!store_ || anew_) return fail(Code::unavailable, "state.db has not been written yet");
  return store_->snapshot(to);
}

Status StateFile::checkpoint() {
  if (!store_ || anew_) return fail(Code::unavailable, "state.db has not been written yet");
  return store_->copy_to(folder_ + "/checkpoint");
}

}  // namespace steward::store
