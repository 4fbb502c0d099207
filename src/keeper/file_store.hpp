#pragma once

#include <string>
#include <string_view>

#include "keeper/handoff.hpp"
#include "keeper/launcher.hpp"
#include "keeper/layout.hpp"
#include "keeper/process_launcher.hpp"

namespace steward::keeper {

/// What earlier keepers told of runs, read from the newest of their journals when first asked.
class PastJournals {
 public:
  PastJournals(std::string runs_folder, std::string own_run)
      : folder_(std::move(runs_folder)), own_(std::move(own_run)) {}
  bool has(std::string_view type, std::string_view bot, std::string_view run);

 private:
  void load();
  std::string folder_, own_, text_;
  bool loaded_ = false;
};

/// The BotStore on disk: STATE/bots/NAME/{gate,down,runs}.
class FileStore final : public BotStore {
 public:
  FileStore(const Layout& layout, ProcessLauncher& launcher, PastJournals& journals, Handoff handoff)
      : layout_(layout), launcher_(launcher), journals_(journals), handoff_(std::move(handoff)) {}

  Past load(const BotSpec& spec) override;
  Status save_gate(const BotSpec& spec, const Gate& gate) override;
  Status save_down(const BotSpec& spec, bool down) override;
  /// Closes descriptors that came along for bots which are not in the plan any more.
  void close_unclaimed();

 private:
  Gate first_gate(const BotSpec& spec);

  const Layout& layout_;
  ProcessLauncher& launcher_;
  PastJournals& journals_;
  Handoff handoff_;
};

}  // namespace steward::keeper
