#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "backup/lifecycle/prices.hpp"
#include "base/clock.hpp"

namespace steward::backup {

inline constexpr std::int64_t kDayNs = 86'400 * kSecond;
inline constexpr WallNs kForever = INT64_MAX;

/// The storage classes that a bill knows.
enum class Tier { standard, ia, glacier };
std::string_view tier_name(Tier tier);

/// One object from when it is written until it is removed.
struct LivedObject {
  std::int64_t size = 0;
  WallNs written = 0;
  WallNs removed = kForever;
  Tier tier = Tier::standard;  ///< at the beginning
};

/// All objects of one job over a time, and what of them is read.
struct Timeline {
  WallNs from = 0, until = 0;
  std::vector<LivedObject> objects;
  /// A backup's objects are those from `first`, `count` of them.
  struct Span {
    std::uint32_t first = 0, count = 0;
  };
  std::vector<Span> backups;
  /// What is needed of the store at an instant, as indices of `backups`.
  struct Use {
    WallNs from = 0, until = 0;
    std::vector<std::uint32_t> backups;
  };
  std::vector<Use> drills;  ///< read whole at `from`
  std::vector<Use> newest;  ///< a restore of the newest backup needs it, all the time between
};

/// When objects larger than a size move; 0 days: never.
struct MoveRule {
  std::int64_t ia_days = 0, glacier_days = 0;
  std::int64_t larger_than = 0;
  bool operator==(const MoveRule&) const = default;
};

/// What a time costs.
struct Bill {
  Nanos storage = 0;      ///< in all classes
  Nanos transitions = 0;  ///< moves into another class
  Nanos early = 0;        ///< the rest of a class's minimum duration, of objects that left it before
  Nanos retrieval = 0;    ///< what drills read from STANDARD_IA
  Nanos total() const { return storage + transitions + early + retrieval; }
  Bill& operator+=(const Bill& more);
};

/// When an object comes into a class under the rule: kForever when it does not while it lives.
struct Moves {
  WallNs ia = kForever, glacier = kForever;
};
Moves moves_of(const LivedObject& object, const MoveRule& rule, WallNs from);

/// The bill of a timeline under a rule, from Amazon's rules (S3 user guide, "Managing the lifecycle of
/// objects" and "Understanding and managing storage classes"):
/// - a rule acts at the first midnight (UTC) when the days have passed, on what is older at the next one;
/// - STANDARD_IA bills at least 128 KiB and 30 days, GLACIER 90 days and 40 KiB more for each object, of
/// which 8 KiB
///   are STANDARD;
/// - a month is a twelfth of a year of 365 days.
/// Restores, requests and deleted versions are not in it.
Bill bill_of(const Timeline& timeline, const MoveRule& rule, const Prices& prices);

/// Whether a restore of the newest backup ever needs an object that has moved to GLACIER.
bool archives_the_newest(const Timeline& timeline, const MoveRule& rule);

}  // namespace steward::backup
