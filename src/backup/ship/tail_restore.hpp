#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "backup/ship/tail.hpp"
#include "objects/object_store.hpp"

namespace steward::backup {

/// Tails in the store, by their times, in order.
struct TailList {
  std::vector<std::string> times;
  std::int64_t bytes = 0;  ///< of the objects
};

/// Those of one host from `from` on and until `until` (both times or empty: no bound).
Result<TailList> list_tails(objects::ObjectStore& store, const std::string& job, const std::string& host,
                            std::string_view from = {}, std::string_view until = {});
/// The hosts that shipped something of the job.
Result<std::vector<std::string>> hosts_of_tails(objects::ObjectStore& store, const std::string& job);

/// Removes them, the newest first, so that what a kill leaves has no gap; several at a time.
Status remove_tails(objects::ObjectStore& store, const std::string& job, const std::string& host,
                    const TailList& tails, const std::stop_token& stop = {});

struct TailsOptions {
  std::string to;                 ///< the folder of the restore
  std::vector<std::string> only;  ///< old absolute paths of files and folders; none: everything
  bool owners = false;
  std::stop_token stop;
};

struct TailsReport {
  std::int64_t objects = 0;
  std::int64_t bytes = 0;  ///< that the restored backup did not have
  std::string newest;      ///< time of the last one: everything older is there
};

/// Brings what a backup restored into `to` up to the last of `tails`. Bytes that are there already must be
/// the same. Stops at the first tail that does not fit, saying until when there is everything: Code::corrupt
/// (a gap, other bytes, a hash), denied (no key).
Result<TailsReport> restore_tails(objects::ObjectStore& store, const std::string& job,
                                  const std::string& host, const TailList& tails,
                                  const std::vector<Identity>& identities, const TailsOptions& options);

/// Whether `path` (without leading '/') is `chosen` or below it.
bool is_below(std::string_view path, std::string_view chosen);
/// Whether `path` (without leading '/') is one of `only` or below one of them, or `only` is empty.
bool is_chosen(std::string_view path, const std::vector<std::string>& only);

}  // namespace steward::backup
