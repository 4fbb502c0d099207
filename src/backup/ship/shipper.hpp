#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "backup/ship/journal_watch.hpp"
#include "backup/ship/ship_state.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "objects/object_store.hpp"

namespace steward::backup {

/// What one shipper ships, and where its memory lies.
struct ShipJob {
  std::string name, host;
  std::vector<Recipient> recipients;  ///< none: not encrypted
  JournalWatch::Settings watch;
  std::string work_folder;  ///< STATE/backup
  std::string place = {};   ///< of the store and the host: place_of()
};

/// Opens the store; asked again and again.
using OpenStore = std::function<Result<std::unique_ptr<objects::ObjectStore>>()>;

/// Ships the journals' new bytes of one job: looks, reads, writes one object. Holds no bytes between turns: a
/// store that is away leaves them where they are, in the journals. A folder store is opened anew after any
/// failure and each minute: the disk may have come or gone, be another one, or was emptied, and what is not
/// there any more is shipped again. S3 is opened anew when it refuses us, as credentials may be new; while it
/// is away they and what else was learned of it stay. Blocks for the disk and the store; one thread.
class Shipper {
 public:
  /// Of one object, before compression; less after failures, so that a slow line gets at least something
  /// through before the store's deadline.
  static constexpr std::int64_t kAtOnce = 2 << 20, kLeast = 64 << 10;
  /// While the job has no backup yet, more than this waits for it: the journals of years go out once, not
  /// twice.
  static constexpr std::int64_t kBeforeFirst = 64 << 20;

  Shipper(ShipJob job, OpenStore open, const Clock& clock, Random& random);
  ~Shipper();

  /// One look and, when something is new, one object. True when more waits already. A failure is in facts().
  bool turn();
  /// What is known outlives us.
  void save();

  const ShipFacts& facts() const { return state_.facts(); }
  /// No turn before this does any good; 0: at any time.
  MonoNs retry_at() const { return state_.retry_at(); }

 private:
  Status open();
  void close_after(const Error& error);
  void begin_anew();
  bool is_gone(const std::string& backup) const;
  bool is_newest_gone() const;
  bool is_emptied();
  void look_for_backups();
  Status ship(std::vector<TailPiece> pieces);
  Result<std::string> object_of(std::vector<TailPiece>& pieces, const std::string& time, std::string& body);

  ShipJob job_;
  OpenStore open_;
  std::unique_ptr<objects::ObjectStore> store_;  ///< none: it is opened in the next turn
  const Clock& clock_;
  Random& random_;
  JournalWatch watch_;
  ShipState state_;
  std::vector<Seen> seen_;
  bool has_backup_ = false;
  std::int64_t facts_changed_ = -1;  ///< mtime of the job's facts when they were read
  std::int64_t most_ = kAtOnce;
  MonoNs saved_at_ = 0, opened_at_ = 0;
  bool unsaved_ = false;
};

}  // namespace steward::backup
