#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace steward::objects {

/// One move of objects to another storage class.
struct LifecycleMove {
  std::int64_t days = 0;  ///< after they were written; -1: at a date
  std::string storage_class;
  bool operator==(const LifecycleMove&) const = default;
};

/// One <Rule> of a bucket's lifecycle configuration, as far as others have to understand it. A plain value.
struct LifecycleRule {
  std::string id;
  std::string prefix;  ///< of the keys it is for
  std::int64_t larger_than = 0;
  bool enabled = true;
  bool tagged = false;    ///< for objects with a tag only, which no object of ours has
  bool old_form = false;  ///< its prefix stands beside a <Filter>'s place, as before 2016
  std::vector<LifecycleMove> moves;
  std::int64_t abort_days = 0;   ///< uploads that were begun so long ago end; 0: they do not
  std::int64_t expire_days = 0;  ///< objects are deleted; 0: they are not, -1: at a date
  bool operator==(const LifecycleRule&) const = default;
};

/// A <LifecycleConfiguration> as text and as rules. It takes foreign bytes: at most 8 MiB, 1000 rules, 32
/// levels; Code::corrupt says what is wrong. An empty text is a bucket without rules.
class LifecycleText {
 public:
  static Result<LifecycleText> parse(std::string text);

  const std::string& text() const { return text_; }
  const std::vector<LifecycleRule>& rules() const { return rules_; }

  /// The text with every rule that is `ours` replaced by `wanted`, each byte of the others where it was. One
  /// of ours that is wanted as it is stays as it stands. Empty when no rule is left.
  std::string with(const std::function<bool(const LifecycleRule&)>& ours,
                   const std::vector<LifecycleRule>& wanted) const;

  /// Whether it has a rule that says just this.
  bool has(const LifecycleRule& rule) const;

  /// Whether both have the same rules: a store may send them in another order, with other white space,
  /// namespaces and comments, and gives a rule without an id one.
  bool same_rules(const LifecycleText& other) const;

  /// The rules, as they are compared, that `other` has not; one a line.
  std::string missing_in(const LifecycleText& other) const;

 private:
  struct Place {
    std::size_t begin = 0, end = 0;  ///< of a <Rule> in the text
    std::string canon, anonymous;    ///< as it is compared, and without its id
  };
  Status find_rules();

  std::string text_;
  std::vector<LifecycleRule> rules_;
  std::vector<Place> places_;      ///< of rules_, one each
  std::vector<std::string> rest_;  ///< what else there is below the root, as it is compared
  std::string namespace_;          ///< what stands before the root's name: "" or "s3:"
  std::size_t end_ = 0;            ///< where "</LifecycleConfiguration>" begins; 0: nowhere
};

/// The rule as XML; `prefix` of its elements' names: "" or "s3:". Of what Steward writes: no tags, no expiry.
std::string format_rule(const LifecycleRule& rule, std::string_view prefix = {});

/// How many rules S3 takes for one bucket.
inline constexpr std::size_t kMostLifecycleRules = 1000;

}  // namespace steward::objects
