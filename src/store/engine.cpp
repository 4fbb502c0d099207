#include "store/engine.hpp"

#include <algorithm>
#include <chrono>

#include "base/log.hpp"
#include "os/files.hpp"
#include "store/follower.hpp"
#include "store/retention.hpp"
#include "store/state_file.hpp"

namespace steward::store {

namespace {
/// Between looks at the journals, by itself. Whoever wants to know asks for a look first (the agent does so
/// once a second and before each answer), so a thread that has nothing to read need not wake up often: that
/// is what an idle agent costs.
constexpr std::int64_t kFastest = kMillisecond, kSlowest = 2 * kSecond;
constexpr std::int64_t kShowEvery = kSecond;
constexpr std::int64_t kRetentionEvery = 600 * kSecond;
constexpr std::size_t kDeletedAtOnce = 64;
/// A commit takes at most about a tenth of the thread's time, so that catching up is not held back by it.
constexpr std::int64_t kCommitShare = 10, kLongestUncommitted = 2 * kSecond;
}  // namespace

/// What the state thread does.
class Engine::Loop {
 public:
  Loop(Engine& engine, state::TradingDay day)
      : engine_(engine), clock_(engine.clock_), file_(engine.options_.state_folder + "/agent", clock_) {
    file_.load(engine_.model_, cursors_);
    follower_.emplace(engine_.options_.state_folder, std::move(day), engine_.model_, cursors_, clock_);
    show();
  }

  void run() {
    std::int64_t pause = kFastest;
    bool busy = false;
    while (true) {
      const bool stopping = take_inbox(busy);
      busy = follower_->step(engine_.model_lock_);
      changed_ = changed_ || busy;
      if (busy || !facts_.caught_up) show_at_ = 0;
      facts_.caught_up = facts_.caught_up || !busy;
      pause = busy ? kFastest : std::min(2 * pause, kSlowest);
      if (stopping && !busy) break;
      keep(false);
      if (copied_) {
        copy_some();
      } else if (!busy) {
        wait(pause);
      }
    }
    keep(true);
    if (copied_) copy_ended(fail(Code::cancelled, "the agent stops"));
  }

 private:
  bool take_inbox(bool busy);
  void keep(bool now);
  void retain();
  void begin_copy(const std::string& to);
  void copy_some();
  void copy_ended(Status how);
  void show();
  void wait(std::int64_t pause);

  Engine& engine_;
  const Clock& clock_;
  journal::Cursors cursors_;
  StateFile file_;
  std::optional<Follower> follower_;
  EngineFacts facts_;
  MonoNs commit_at_ = 0, retain_at_ = 0, show_at_ = 0;
  bool changed_ = true;
  std::optional<Snapshot> copy_;  ///< a snapshot under way
  std::function<void(Status)> copied_;
  std::string retention_trouble_;
};

/// True when the engine is to stop.
bool Engine::Loop::take_inbox(bool busy) {
  std::map<std::string, state::Scraped> inbox;
  bool stopping = false;
  std::string copy_to;
  {
    const std::lock_guard lock(engine_.inbox_mutex_);
    if (!copied_) copy_to.swap(engine_.copy_to_), copied_.swap(engine_.copied_);
    inbox.swap(engine_.inbox_);
    stopping = engine_.stopping_;
    engine_.nudged_ = false;
    engine_.busy_ = busy;
  }
  if (!copy_to.empty()) begin_copy(copy_to);
  changed_ = changed_ || !inbox.empty();
  follower_->turn(engine_.model_lock_, inbox);
  return stopping;
}

/// Commits when it is time, and lets old journals go.
void Engine::Loop::keep(bool now) {
  const MonoNs begin = clock_.mono();
  if (changed_ && (now || begin >= commit_at_)) {
    const bool done = file_.commit(engine_.model_, cursors_);
    const std::int64_t took = clock_.mono() - begin;
    changed_ = !done;
    show_at_ = 0;
    commit_at_ = begin + std::clamp(kCommitShare * took, engine_.options_.commit_every,
                                    std::max(engine_.options_.commit_every, kLongestUncommitted));
    if (done) ++facts_.commits, facts_.last_commit = clock_.wall();
  }
  if (!now && facts_.caught_up && begin >= retain_at_ && engine_.options_.keep_ns > 0) {
    retain_at_ = begin + kRetentionEvery;
    retain();
    show_at_ = 0;
  }
  if (changed_ || begin >= show_at_) show();
}

/// First the checkpoint, then the journals it stands for.
void Engine::Loop::retain() {
  forget_deleted(engine_.options_.state_folder, cursors_.done);
  const WallNs before = clock_.wall() - engine_.options_.keep_ns;
  const auto old = find_old_runs(engine_.options_.state_folder, cursors_.done, before, kDeletedAtOnce);
  retention_trouble_.clear();
  if (old.empty()) return;
  Status status = file_.commit(engine_.model_, cursors_) ? file_.checkpoint()
                                                         : fail(Code::unavailable, "{}", file_.trouble());
  for (const OldRun& run : old) {
    if (!status) break;
    status = delete_run(run);
    if (status) ++facts_.runs_deleted;
  }
  changed_ = true;
  if (status) return;
  retention_trouble_ = "old journals are kept for now: " + status.error().text();
  log::error("{}", retention_trouble_);
}

void Engine::Loop::begin_copy(const std::string& to) {
  auto begun = file_.snapshot(to);
  if (!begun) return copy_ended(std::unexpected(begun.error()));
  copy_.emplace(std::move(*begun));
}

void Engine::Loop::copy_some() {
  const auto complete = copy_->step();
  if (!complete) return copy_ended(std::unexpected(complete.error()));
  if (*complete) copy_ended({});
}

void Engine::Loop::copy_ended(Status how) {
  copy_.reset();
  std::exchange(copied_, {})(std::move(how));
}

/// Tells the others; once a second while nothing happens, because troubles come and go by themselves.
void Engine::Loop::show() {
  show_at_ = clock_.mono() + kShowEvery;
  facts_.events = follower_->events(), facts_.bytes = follower_->bytes(),
  facts_.bad_lines = follower_->bad_lines();
  facts_.backlog_bytes = follower_->reader().backlog();
  facts_.commit_failures = file_.failures();
  facts_.notice = file_.notice();
  facts_.trouble = !file_.trouble().empty() ? file_.trouble() : follower_->reader().trouble();
  if (facts_.trouble.empty()) facts_.trouble = retention_trouble_;
  const std::lock_guard lock(engine_.inbox_mutex_);
  engine_.facts_ = facts_;
}

void Engine::Loop::wait(std::int64_t pause) {
  const std::int64_t until_commit =
      changed_ ? std::max<std::int64_t>(commit_at_ - clock_.mono(), kFastest) : pause;
  std::unique_lock lock(engine_.inbox_mutex_);
  engine_.resting_ = true;
  engine_.busy_ = false;
  ++engine_.rests_;
  engine_.looked_.notify_all();
  engine_.wake_.wait_for(lock, std::chrono::nanoseconds(std::min(pause, until_commit)), [&] {
    return engine_.stopping_ || engine_.nudged_ || !engine_.inbox_.empty() || !engine_.copy_to_.empty();
  });
  engine_.resting_ = false;
}

Engine::Engine(EngineOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

Engine::~Engine() {
  stop();
}

Status Engine::start() {
  auto day = state::TradingDay::in(options_.timezone);
  if (!day) return std::unexpected(day.error());
  if (auto made = make_folders(options_.state_folder + "/agent"); !made) return made;
  loop_ = std::make_unique<Loop>(*this, std::move(*day));
  stopping_ = false;
  thread_ = std::thread([this] { loop_->run(); });
  return {};
}

void Engine::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(inbox_mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  loop_.reset();
}

void Engine::inject(state::Scraped scraped) {
  {
    const std::lock_guard lock(inbox_mutex_);
    std::string bot = scraped.bot;
    inbox_.insert_or_assign(std::move(bot), std::move(scraped));
  }
  wake_.notify_one();
}

void Engine::look(std::int64_t patience) {
  std::unique_lock lock(inbox_mutex_);
  if (busy_) return;
  // A look that is under way may have passed the line already: then it is the next one's.
  const std::uint64_t wanted = rests_ + (resting_ ? 1 : 2);
  nudged_ = true;
  wake_.notify_one();
  looked_.wait_for(lock, std::chrono::nanoseconds(patience), [&] { return rests_ >= wanted; });
}

void Engine::snapshot(std::string to, std::function<void(Status)> done) {
  {
    const std::lock_guard lock(inbox_mutex_);
    copy_to_ = std::move(to);
    copied_ = std::move(done);
  }
  wake_.notify_one();
}

EngineFacts Engine::facts() const {
  const std::lock_guard lock(inbox_mutex_);
  return facts_;
}

}  // namespace steward::store
