#include "backup/lifecycle/apply.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

namespace steward::backup {

namespace {

using objects::LifecycleState;
using objects::LifecycleText;

/// Sets rules and finds out what the store made of them.
class Application {
 public:
  Application(objects::BucketLifecycle& bucket, const RulePlan& plan, const ReadBack& patience)
      : bucket_(bucket), plan_(plan), patience_(patience) {}

  Status run(const LifecycleText& seen) {
    auto former = bucket_.read();
    if (!former) return std::unexpected(former.error());
    auto text = LifecycleText::parse(former->xml);
    if (!text) return std::unexpected(text.error());
    // S3 has no condition for this; what comes between this look and the replacement cannot be known.
    if (!text->same_rules(seen) || !seen.same_rules(*text))
      return fail(Code::conflict,
                  "{}: somebody changed the lifecycle rules meanwhile; nothing is set, plan again",
                  bucket_.place());
    LifecycleState wanted{
        .xml = text->with([this](const auto& rule) { return plan_.replaces(rule); }, plan_.wanted)};
    if (!wanted.xml.empty()) wanted.minimum_size = former->minimum_size;  // it goes with the last rule
    auto asked = LifecycleText::parse(wanted.xml);
    if (!asked) return fail(asked.error(), "{}", bucket_.place());
    if (auto set = bucket_.replace(wanted); !set) return not_answered(set.error());
    return read_back({*former, *text}, {wanted, *asked});
  }

 private:
  struct Rules {
    LifecycleState state;
    LifecycleText text;

    bool same(const Rules& other) const {
      return text.same_rules(other.text) &&
             (state.minimum_size.empty() || state.minimum_size == other.state.minimum_size);
    }
    /// What `other` has not.
    std::string more_than(const Rules& other) const {
      std::string more = text.missing_in(other.text);
      if (!state.minimum_size.empty() && state.minimum_size != other.state.minimum_size)
        more += (more.empty() ? "" : "\n") + fmt::format("minimum size {}", state.minimum_size);
      return more.empty() ? "nothing" : more;
    }
  };

  /// The store may have done what it was asked for when only its answer is missing.
  static Status not_answered(const Error& error) {
    if (error.code() != Code::unavailable && error.code() != Code::timeout) return std::unexpected(error);
    return fail(error,
                "whether the rules are set is not known: all of them are, or none is; look with `steward "
                "backup lifecycle show`, and apply again");
  }

  Status read_back(const Rules& former, const Rules& asked) {
    const SystemClock clock;
    const MonoNs end = clock.mono() + patience_.deadline_ns;
    std::optional<MonoNs> other_since;
    for (std::int64_t pause = patience_.pause_ns;; pause = std::min(2 * pause, 2 * kSecond)) {
      auto state = bucket_.read();
      if (!state) return fail(state.error(), "the rules are set, but cannot be read back");
      auto text = LifecycleText::parse(state->xml);
      if (!text) return std::unexpected(text.error());
      const Rules found{std::move(*state), std::move(*text)};
      if (asked.same(found)) return {};
      const MonoNs now = clock.mono();
      other_since = former.same(found) ? std::nullopt : std::optional(other_since.value_or(now));
      if (other_since && now - *other_since >= patience_.settle_ns) return differs(former, asked, found);
      if (now >= end)
        return fail(Code::timeout,
                    "{}: the store took the rules, but still shows the former ones; look again later with "
                    "`steward backup lifecycle show`",
                    bucket_.place());
      std::this_thread::sleep_for(std::chrono::nanoseconds(pause));
    }
  }

  /// What it keeps is neither what was there nor what was asked for. Rules that do something else must not
  /// stay: a lost size filter would archive manifests.
  Status differs(const Rules& former, const Rules& asked, const Rules& found) {
    std::string outcome = "somebody else may have changed them, so they are left as they are";
    if (theirs(asked.text).same_rules(theirs(found.text))) {
      const Status back = bucket_.replace(former.state);
      outcome = back ? "the former rules are put back"
                     : "the former rules could not be put back: " + back.error().text();
    }
    return fail(Code::corrupt,
                "{}: the store keeps other rules than it was given; {}\ngiven, and not kept:\n{}\nkept, and "
                "not given:\n{}",
                bucket_.place(), outcome, asked.more_than(found), found.more_than(asked));
  }

  /// What is left without the rules that the plan replaces.
  LifecycleText theirs(const LifecycleText& text) const {
    auto left =
        LifecycleText::parse(text.with([this](const auto& rule) { return plan_.replaces(rule); }, {}));
    return left ? std::move(*left) : LifecycleText();
  }

  objects::BucketLifecycle& bucket_;
  const RulePlan& plan_;
  const ReadBack& patience_;
};

}  // namespace

Status apply_rules(objects::BucketLifecycle& bucket, const LifecycleText& seen, const RulePlan& plan,
                   const ReadBack& patience) {
  if (!plan.changes_any()) return {};
  return Application(bucket, plan, patience).run(seen);
}

}  // namespace steward::backup
