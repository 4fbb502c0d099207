#include "store/follower.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "journal/layout.hpp"

namespace steward::store {

namespace {
std::string path_of(const journal::Item& item) {
  return fmt::format("{}/{}/{}", journal::runs_folder(item.bot), item.run,
                     journal::segment_name(item.segment));
}
}  // namespace

Follower::Follower(std::string state_folder, state::TradingDay day, state::Model& model,
                   journal::Cursors& cursors, const Clock& clock)
    : clock_(clock),
      fold_(model, std::move(day)),
      reader_(std::move(state_folder), cursors, clock),
      now_(clock.wall()) {
  fold_.restore();
  fold_.set_now(now_);
}

bool Follower::step(FairLock& lock) {
  const auto item = reader_.next();
  if (!item) return false;
  {
    const FairLock::Host host(lock);
    see_time();
    if (item->kind == journal::Item::Kind::lines) {
      fold_lines(*item);
    } else {
      fold_other(*item);
    }
  }
  reader_.advance();
  return true;
}

void Follower::see_time() {
  now_ = clock_.wall();
  turn_at_ = clock_.mono() + kSecond;
  fold_.set_now(now_);
}

void Follower::fold_lines(const journal::Item& item) {
  std::size_t begin = 0;
  while (begin < item.lines.size()) {
    const std::size_t end = item.lines.find('\n', begin);
    fold_line(item, item.lines.substr(begin, end - begin), item.offset + static_cast<std::int64_t>(begin));
    begin = end + 1;
  }
  bytes_ += static_cast<std::int64_t>(item.lines.size());
}

void Follower::fold_line(const journal::Item& item, std::string_view line, std::int64_t offset) {
  const journal::Event* event = decoder_.decode(line);
  if (event == nullptr) return bad_line(item, offset, decoder_.reason());
  ++events_;
  fold_.apply(item.bot, item.run, *event, std::min(item.modified, now_));
  if (item.bot == journal::kKeeper) tell_reader(*event);
}

void Follower::bad_line(const journal::Item& item, std::int64_t offset, std::string_view reason) {
  ++bad_lines_;
  fold_.bad_line(item.bot, path_of(item), offset, reason, std::min(item.modified, now_));
}

void Follower::tell_reader(const journal::Event& event) {
  using journal::Field;
  const std::string bot(event.text(Field::bot)), run(event.text(Field::run));
  if (event.type == journal::Type::bot_started) reader_.run_started(bot, run);
  if (event.type == journal::Type::bot_exited) reader_.run_ended(bot, run);
}

void Follower::fold_other(const journal::Item& item) {
  switch (item.kind) {
    case journal::Item::Kind::lines:
      return;
    case journal::Item::Kind::bad_line:
      return bad_line(item, item.offset, item.reason);
    case journal::Item::Kind::shrunk:
      log::error("{} became shorter than what was already read; it is not read again", path_of(item));
      return fold_.shrunk(item.bot);
    case journal::Item::Kind::run_over:
      return fold_.end_run(item.bot, item.run, now_);
  }
}

}  // namespace steward::store
