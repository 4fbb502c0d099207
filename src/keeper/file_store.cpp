#include "keeper/file_store.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/log.hpp"
#include "base/ulid.hpp"
#include "keeper/gate_files.hpp"
#include "keeper/journal.hpp"
#include "os/files.hpp"

namespace steward::keeper {

namespace {
/// So much of the earlier keepers' journals is looked at; a run's end is among the last things that one
/// wrote.
constexpr std::size_t kMostPast = 64 << 20;
constexpr int kMostPastKeepers = 16;
}  // namespace

void PastJournals::load() {
  loaded_ = true;
  const auto names = list_folder(folder_);
  if (!names) return;
  int keepers = 0;
  for (auto name = names->rbegin(); name != names->rend() && keepers < kMostPastKeepers; ++name) {
    if (!is_ulid(*name) || *name == own_) continue;
    ++keepers;
    const std::string folder = folder_ + "/" + *name;
    for (int segment = newest_segment(folder), oldest = std::max(1, segment - 1); segment >= oldest;
         --segment) {
      if (auto text = read_file(folder + "/" + segment_name(segment), 2 * kSegmentSize)) text_ += *text;
    }
    if (text_.size() > kMostPast) return;
  }
}

bool PastJournals::has(std::string_view type, std::string_view bot, std::string_view run) {
  if (!loaded_) load();
  return text_.find(fmt::format("\"type\":\"{}\",\"bot\":\"{}\",\"run\":\"{}\"", type, bot, run)) !=
         std::string::npos;
}

Past FileStore::load(const BotSpec& spec) {
  Past past;
  const bool known = exists(layout_.runs(spec));
  if (auto made = make_folders(layout_.bot(spec)); !made) log::error("{}", made.error().text());
  if (spec.role == Role::bot) {
    bool missing = false;
    past.gate = load_gate(layout_.gate(spec), missing);
    // A gate that was there once and is not any more is closed, as the bot itself reads it.
    if (missing && !known) past.gate = first_gate(spec);
  }
  if (auto made = make_folders(layout_.runs(spec)); !made) log::error("{}", made.error().text());
  past.down = spec.role == Role::bot && exists(layout_.down(spec));
  Fd notify;
  Fd output;
  if (const auto kept = handoff_.runs.find(spec.name); kept != handoff_.runs.end()) {
    notify.reset(kept->second.notify);
    output.reset(kept->second.output);
    handoff_.runs.erase(kept);
  }
  past.found = launcher_.adopt(spec, std::move(notify), std::move(output));
  if (past.found && !past.found->note.ended && !past.found->alive) {
    past.found->start_told = journals_.has("bot.started", spec.name, past.found->run.run);
    past.found->exit_told = journals_.has("bot.exited", spec.name, past.found->run.run);
    // Written down but never begun: there is nothing to tell of it.
    if (past.found->run.pid == 0) past.found->start_told = past.found->exit_told = true;
  }
  return past;
}

Gate FileStore::first_gate(const BotSpec& spec) {
  const Gate gate;
  if (auto saved = save_gate(spec, gate); !saved) {
    return {.open = false, .epoch = 0, .reason = saved.error().text()};
  }
  return gate;
}

Status FileStore::save_gate(const BotSpec& spec, const Gate& gate) {
  return write_gate(layout_.gate(spec), gate);
}

Status FileStore::save_down(const BotSpec& spec, bool down) {
  const std::string path = layout_.down(spec);
  if (down == exists(path)) return {};
  if (down) return replace_file(path, "stopped by a person; `steward start` removes this\n");
  if (::unlink(path.c_str()) != 0) return fail_errno(errno, "cannot remove " + path);
  return sync_folder(parent_of(path));
}

void FileStore::close_unclaimed() {
  for (const auto& [bot, run] : handoff_.runs) {
    ::close(run.notify);
    ::close(run.output);
  }
  handoff_.runs.clear();
}

}  // namespace steward::keeper
