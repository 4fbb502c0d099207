#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "journal/cursors.hpp"
#include "journal/decoder.hpp"
#include "journal/reader.hpp"
#include "state/fold.hpp"
#include "store/fair_lock.hpp"

namespace steward::store {

/// Reads what journals hold and folds it, a buffer at a time. `model` and `cursors` outlive it and are filled
/// with what was known before it is made. One thread at a time.
class Follower {
 public:
  Follower(std::string state_folder, state::TradingDay day, state::Model& model, journal::Cursors& cursors,
           const Clock& clock);

  /// False when there was nothing to read. The lock is held while the model changes, not while files are
  /// read.
  bool step(FairLock& lock);
  /// What was scraped is folded. The model's time goes on with it, with every line, and by itself once a
  /// second.
  template <class Scrapes>
  void turn(FairLock& lock, const Scrapes& scrapes) {
    if (scrapes.empty() && clock_.mono() < turn_at_) return;
    const FairLock::Host host(lock);
    see_time();
    for (const auto& [bot, scraped] : scrapes) fold_.scraped(scraped);
  }

  std::int64_t events() const { return events_; }
  std::int64_t bytes() const { return bytes_; }
  std::int64_t bad_lines() const { return bad_lines_; }
  const journal::Reader& reader() const { return reader_; }

 private:
  void see_time();
  void fold_lines(const journal::Item& item);
  void fold_line(const journal::Item& item, std::string_view line, std::int64_t offset);
  void bad_line(const journal::Item& item, std::int64_t offset, std::string_view reason);
  void fold_other(const journal::Item& item);
  void tell_reader(const journal::Event& event);

  const Clock& clock_;
  state::Fold fold_;
  journal::Reader reader_;
  journal::Decoder decoder_;
  WallNs now_ = 0;
  MonoNs turn_at_ = 0;
  std::int64_t events_ = 0, bytes_ = 0, bad_lines_ = 0;
};

}  // namespace steward::store
