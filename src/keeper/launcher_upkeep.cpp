// What goes on while bots live: their output and notify datagrams, journal segments, compressed logs, spare
// runs.
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "keeper/journal.hpp"
#include "keeper/launcher_slots.hpp"
#include "os/files.hpp"

namespace steward::keeper {

namespace {

constexpr std::size_t kReadBlock = 64 << 10;
/// What one bot's output may take of one turn of the loop.
constexpr std::size_t kMostOutputATurn = 256 << 10;
/// What is still taken of a run's output when it is over: the pipe's whole size and more.
constexpr std::size_t kMostOutputAtEnd = 4 << 20;
constexpr int kMostNotifyATurn = 64;
constexpr std::size_t kMostCompressions = 4096;
/// For how long a zombie's parent may take to reap it, before its end is told without its status.
constexpr std::int64_t kReapPatience = 3 * kSecond;

}  // namespace

LogWriter ProcessLauncher::log_writer(const BotSpec& spec, const std::string& folder) {
  const LogWriter::Limits limits{.log_max = spec.log_max, .log_files = spec.log_files};
  return {folder, limits, [this, limits](const std::string& path) {
            compress_later({path, limits.log_files, limits.log_max});
            next_compression();
          }};
}

void ProcessLauncher::compress_later(Compression job) {
  if (compressions_.size() < kMostCompressions) compressions_.push_back(std::move(job));
}

void ProcessLauncher::watch(Slot& slot) {
  Run& run = *slot.run;
  const auto output = loop_.watch(run.files.output.get(), EPOLLIN,
                                  [this, &slot](auto) { drain_output(*slot.run, kMostOutputATurn); });
  const auto notify =
      loop_.watch(run.files.notify.get(), EPOLLIN, [this, &slot](auto) { drain_notify(slot); });
  if (!output || !notify)
    log::error("cannot watch {}: {}", slot.spec.name, (output ? notify : output).error().text());
}

void ProcessLauncher::drain_output(Run& run, std::size_t most) {
  static char block[kReadBlock];  // the loop's thread only
  const WallNs now = clock_.wall();
  for (std::size_t taken = 0; taken < most;) {
    const ssize_t got = ::read(run.files.output.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    run.log.write({block, static_cast<std::size_t>(got)}, now);
    taken += static_cast<std::size_t>(got);
  }
}

void ProcessLauncher::drain_notify(Slot& slot) {
  char datagram[kMostNotify + 1];
  const std::string bot = slot.spec.name;
  for (int i = 0; i < kMostNotifyATurn && slot.run; ++i) {
    // A longer datagram is cut to one byte too many, which the parser refuses; descriptors sent along are not
    // taken.
    const ssize_t got = ::recv(slot.run->files.notify.get(), datagram, sizeof datagram, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return;
    const auto message = parse_notify({datagram, static_cast<std::size_t>(got)});
    if (message) {
      listener_->run_notified(bot, *message);
    } else {
      log::warning("{}: {}", bot, message.error().text());
    }
  }
}

/// Closes runs that have ended; apart from finish(), so that the next start does not wait for it.
void ProcessLauncher::bury() {
  for (const auto& run : std::exchange(ended_, {})) {
    drain_output(*run, kMostOutputAtEnd);
    run->log.finish(clock_.wall());
    tell_output(*run);
    ::unlink(run->files.notify_path.c_str());
    ::unlink((run->files.folder + "/out.fifo").c_str());
  }
}

bool ProcessLauncher::prepare() {
  bury();
  if (spares_wanted_.empty()) return false;
  const std::string bot = spares_wanted_.front();
  spares_wanted_.pop_front();
  const auto it = slots_.find(bot);
  if (it == slots_.end() || it->second->spare) return !spares_wanted_.empty();
  // When it fails (a full disk) the next start tries again and reports.
  if (auto made = make_spare(*it->second); !made) log::warning("{}: {}", bot, made.error().text());
  return !spares_wanted_.empty();
}

void ProcessLauncher::tend() {
  bool dropping = false;
  std::string why;
  for (const auto& [name, slot] : slots_) {
    if (!slot->run) continue;
    const MonoNs zombie = slot->run->gone ? 0 : slot->run->zombie_since;
    if (zombie > 0 && clock_.mono() - zombie > kReapPatience) end_adopted(*slot, std::nullopt);
    if (!slot->run) continue;
    next_segment(*slot->run, slot->spec);
    tell_output(*slot->run);
    if (!slot->run->log.trouble().empty()) {
      dropping = true;
      why = slot->run->log.trouble();
    }
  }
  if (dropping != disk_told_) trouble("disk", dropping ? why : "output is written again", !dropping);
  disk_told_ = dropping;
  next_compression();
}

void ProcessLauncher::tell_output(Run& run) {
  if (run.log.bytes_dropped() == run.told_dropped) return;
  run.told_dropped = run.log.bytes_dropped();
  JsonWriter json;
  json.object().field("t", clock_.wall()).field("type", "bot.output").field("bot", run.record.bot);
  json.field("run", run.record.run).field("lines_dropped", run.log.lines_dropped());
  json.field("bytes_dropped", run.log.bytes_dropped()).field("reason", run.log.trouble()).end();
  events_.event(json.take());
}

void ProcessLauncher::next_segment(Run& run, const BotSpec& spec) {
  const auto size = file_size(run.files.folder + "/" + segment_name(run.segment));
  if (!size || *size < kSegmentSize) return;
  constexpr auto kSame = static_cast<uid_t>(-1);
  const auto added =
      add_segment(run.files.folder, run.segment + 1, spec.uid.value_or(kSame), spec.gid.value_or(kSame));
  if (added) {
    ++run.segment;
  } else {
    log::warning("{}: {}", spec.name, added.error().text());
  }
}

void ProcessLauncher::next_compression() {
  if (compressing_ != 0 || compressions_.empty()) return;
  const Compression job = compressions_.front();
  compressions_.pop_front();
  const pid_t pid = ::fork();  // we have one thread, so the child may go on in C++
  if (pid == 0) {
    ::syscall(SYS_close_range, 3, ~0U, 0);
    compress_and_prune(job.path, job.files, job.log_max);
  }
  if (pid < 0) {
    log::warning("cannot compress {}: fork failed", job.path);
    compressions_.push_front(job);  // tend() tries again
    return;
  }
  compressing_ = pid;
}

}  // namespace steward::keeper
