#include "backup/lifecycle/bill.hpp"

#include <algorithm>

namespace steward::backup {

namespace {

constexpr std::int64_t kGiB = 1 << 30;
constexpr std::int64_t kIaLeast = 128 << 10;
constexpr std::int64_t kGlacierMore = 32 << 10, kGlacierIndex = 8 << 10;
constexpr std::int64_t kMonthSeconds = 365 * kDayNs / kSecond / 12;
// What a listing says is not trusted: sizes and sums end here.
constexpr std::int64_t kMostBytes = std::int64_t{1} << 53;
constexpr Nanos kMost = INT64_MAX / 16;

WallNs midnight_from(WallNs wall) {
  return (wall + kDayNs - 1) / kDayNs * kDayNs;
}

std::int64_t least_time(Tier tier) {
  switch (tier) {
    case Tier::ia:
      return 30 * kDayNs;
    case Tier::glacier:
      return 90 * kDayNs;
    case Tier::standard:
      break;
  }
  return 0;
}

const ClassPrices& prices_in(Tier tier, const Prices& prices) {
  return tier == Tier::ia ? prices.ia : tier == Tier::glacier ? prices.glacier : prices.standard;
}

/// A price of a GB and month, for these bytes over this time.
Nanos cost_of(std::int64_t bytes, std::int64_t ns, Nanos price) {
  const __int128 gb_seconds = static_cast<__int128>(bytes) * (ns / kSecond) * price;
  return static_cast<Nanos>(std::min<__int128>(gb_seconds / kGiB / kMonthSeconds, kMost));
}

Nanos storage_of(std::int64_t size, Tier tier, std::int64_t ns, const Prices& prices) {
  if (ns <= 0) return 0;
  size = std::min(size, kMostBytes);
  switch (tier) {
    case Tier::ia:
      return cost_of(std::max(size, kIaLeast), ns, prices.ia.storage);
    case Tier::glacier:
      return cost_of(size + kGlacierMore, ns, prices.glacier.storage) +
             cost_of(kGlacierIndex, ns, prices.standard.storage);
    case Tier::standard:
      break;
  }
  return cost_of(size, ns, prices.standard.storage);
}

/// One object's way through the classes, within the timeline's time.
class Way {
 public:
  Way(const LivedObject& object, const Timeline& timeline, const Prices& prices)
      : object_(object),
        from_(timeline.from),
        until_(timeline.until),
        prices_(prices),
        tier_(object.tier),
        since_(object.written) {}

  Bill bill(const Moves& moves) {
    move(Tier::ia, moves.ia);
    move(Tier::glacier, moves.glacier);
    leave(object_.removed);
    return bill_;
  }

 private:
  void move(Tier tier, WallNs at) {
    if (at >= until_) return;
    leave(at);
    bill_.transitions += prices_in(tier, prices_).transition / 1000;
    tier_ = tier;
    since_ = at;
  }

  void leave(WallNs at) {
    const WallNs begin = std::max(since_, from_);
    bill_ += {.storage = storage_of(object_.size, tier_, std::min(at, until_) - begin, prices_)};
    if (at < until_)
      bill_ += {.early = storage_of(object_.size, tier_, since_ + least_time(tier_) - at, prices_)};
  }

  const LivedObject& object_;
  WallNs from_, until_;
  const Prices& prices_;
  Tier tier_;
  WallNs since_;
  Bill bill_;
};

/// Each object of the backups in use.
template <class Visit>
void each_object(const Timeline& timeline, const Timeline::Use& use, const Visit& visit) {
  for (const std::uint32_t backup : use.backups) {
    const auto [first, count] = timeline.backups[backup];
    for (std::uint32_t i = first; i < first + count; ++i) visit(timeline.objects[i]);
  }
}

Tier tier_at(const LivedObject& object, const Moves& moves, WallNs at) {
  if (object.tier == Tier::glacier || moves.glacier <= at) return Tier::glacier;
  return object.tier == Tier::ia || moves.ia <= at ? Tier::ia : Tier::standard;
}

}  // namespace

std::string_view tier_name(Tier tier) {
  switch (tier) {
    case Tier::ia:
      return "STANDARD_IA";
    case Tier::glacier:
      return "GLACIER";
    case Tier::standard:
      break;
  }
  return "STANDARD";
}

Bill& Bill::operator+=(const Bill& more) {
  for (const auto part : {&Bill::storage, &Bill::transitions, &Bill::early, &Bill::retrieval})
    this->*part = std::min(this->*part + more.*part, kMost);
  return *this;
}

Moves moves_of(const LivedObject& object, const MoveRule& rule, WallNs from) {
  Moves moves;
  if (object.size <= rule.larger_than) return moves;
  const auto when = [&](std::int64_t days) {
    if (days == 0) return kForever;
    const WallNs at = std::max(midnight_from(object.written + days * kDayNs), midnight_from(from));
    return at < object.removed ? at : kForever;
  };
  if (object.tier != Tier::glacier) moves.glacier = when(rule.glacier_days);
  if (object.tier == Tier::standard) moves.ia = when(rule.ia_days);
  if (moves.glacier <= moves.ia) moves.ia = kForever;  // old enough for both: it moves once
  return moves;
}

Bill bill_of(const Timeline& timeline, const MoveRule& rule, const Prices& prices) {
  Bill bill;
  for (const LivedObject& object : timeline.objects)
    bill += Way(object, timeline, prices).bill(moves_of(object, rule, timeline.from));
  for (const Timeline::Use& drill : timeline.drills) {
    each_object(timeline, drill, [&](const LivedObject& object) {
      if (tier_at(object, moves_of(object, rule, timeline.from), drill.from) == Tier::ia)
        bill += {.retrieval = cost_of(std::min(object.size, kMostBytes), kMonthSeconds * kSecond,
                                      prices.ia.retrieval)};
    });
  }
  return bill;
}

bool archives_the_newest(const Timeline& timeline, const MoveRule& rule) {
  bool archives = false;
  for (const Timeline::Use& use : timeline.newest) {
    each_object(timeline, use, [&](const LivedObject& object) {
      const Moves moves = moves_of(object, rule, timeline.from);
      archives = archives || tier_at(object, moves, use.until - 1) == Tier::glacier;
    });
  }
  return archives;
}

}  // namespace steward::backup
