#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace steward::config {

/// An account of this machine.
struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  ///< supplementary ones, without `gid`
  std::string name, home;
};

/// Looks a user up (NSS). Code::not_found when there is none of that name.
Result<Account> find_account(const std::string& name);

/// Whether the system has this IANA time zone ("Europe/London"). "UTC" always exists.
bool zone_exists(std::string_view name);

/// Whether `program` can be run: found in `search` (a PATH) when it has no slash, else relative to `folder`.
bool program_exists(const std::string& program, const std::string& folder, std::string_view search);

}  // namespace steward::config
