#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "backup/meter.hpp"
#include "backup/stages/keys.hpp"
#include "base/random.hpp"
#include "objects/object_store.hpp"

namespace steward::backup {

struct VerifyReport {
  std::string time;
  std::int64_t files = 0;  ///< whose content was read and compared
  std::int64_t bytes = 0;
  bool proved = false;  ///< content, not only ciphertext, of everything that this backup needs
};

/// Reads everything that a restore of the backup would read, and compares every hash. Without a key that
/// fits, only the ciphertext.
Result<VerifyReport> verify(objects::ObjectStore& store, const std::string& job, const std::string& time,
                            const std::vector<Identity>& identities, const std::stop_token& stop = {},
                            Meter* meter = nullptr);

/// The newest and `count` - 1 others of the job's complete backups, chosen by chance: what verify takes as a
/// sample.
Result<std::vector<std::string>> sample_backups(objects::ObjectStore& store, const std::string& job,
                                                int count, Random& random);

}  // namespace steward::backup
