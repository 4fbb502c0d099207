#include "agent/snapshots.hpp"

#include <mutex>

#include "base/ulid.hpp"
#include "os/files.hpp"

namespace steward::agent {

struct Snapshots::Progress {
  std::string id;
  std::mutex mutex;  // of what follows
  int left = 2;
  Status worst;

  void ended(Status how) {
    const std::lock_guard lock(mutex);
    --left;
    if (!how) worst = std::move(how);
  }
};

Result<std::string> Snapshots::answer(const std::string& id) {
  if (progress_) {
    const std::lock_guard lock(progress_->mutex);
    if (progress_->id != id && progress_->left > 0)
      return fail(Code::conflict, "the databases are being copied for another backup; try again in a minute");
    if (progress_->id == id) {
      if (progress_->left > 0) return std::string(R"({"ok":true,"state":"running"})");
      if (!progress_->worst) return std::unexpected(progress_->worst.error());
      return std::string(R"({"ok":true,"state":"done"})");
    }
  }
  if (!is_ulid(id)) return fail(Code::invalid, "\"id\" must be a ULID");
  const std::string folder = folder_ + "/" + id;
  if (auto made = make_folders(folder, 0700); !made) return std::unexpected(made.error());
  progress_ = std::make_shared<Progress>();
  progress_->id = id;
  const auto ended = [progress = progress_](Status how) { progress->ended(std::move(how)); };
  engine_.snapshot(folder + "/state.db", ended);
  alarms_.snapshot(folder + "/steward.db", ended);
  return std::string(R"({"ok":true,"state":"running"})");
}

}  // namespace steward::agent
