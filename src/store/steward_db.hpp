#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "store/alarm_rows.hpp"
#include "store/table_file.hpp"

namespace steward::store {

/// `FOLDER/steward.db`: Steward's own facts, each commit durable (synchronous=FULL). Nothing else has them,
/// so a copy of what lives is held in memory: with it the file is written anew when it was damaged. A damaged
/// one is set aside and told; on a full disk commit() fails until it does not. One thread at a time.
class StewardDb {
 public:
  static constexpr std::int64_t kFormat = 1;  ///< user_version
  static constexpr std::int64_t kKeep = std::int64_t{90} * 24 * 3600 * kSecond;
  static constexpr std::int64_t kMostHistory = 100'000;
  static constexpr std::int64_t kNewest = 1000;  ///< so much of the history is loaded

  StewardDb(std::string folder, const Clock& clock);

  /// What is there; always succeeds, at worst with nothing.
  AlarmRows load();
  /// All of it or nothing. After a failure the same changes are given again, with what came since.
  Status commit(const AlarmChanges& changes);

  /// A copy of the file for a backup, whole or not at all.
  Status snapshot(const std::string& to);

  /// What was done about a steward.db that was not usable; empty when it was.
  const std::string& notice() const { return notice_; }
  /// Why load() found nothing; empty when it did not fail.
  const std::string& trouble() const { return trouble_; }

 private:
  using Statements = std::map<std::string, TableStatements, std::less<>>;

  Status open();
  Status migrate(Db& db);
  Status prepare();
  Status read(AlarmRows& rows);
  Status write(const AlarmChanges& changes);
  Status forget_old();
  void set_aside(const Error& why);

  std::string path_;
  const Clock& clock_;
  Statements statements_;  ///< of db_
  std::optional<Db> db_;
  AlarmRows living_;  ///< but for history and audit
  bool anew_ = false;
  MonoNs forget_at_ = 0;
  std::string notice_, trouble_;
};

}  // namespace steward::store
