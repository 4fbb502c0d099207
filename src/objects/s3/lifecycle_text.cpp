#include "objects/s3/lifecycle_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.hpp"
#include "objects/s3/xml_nodes.hpp"
#include "objects/s3/xml_ranges.hpp"

namespace steward::objects {

namespace {

constexpr std::string_view kRoot = "LifecycleConfiguration";
constexpr std::string_view kRule = "Rule";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// An element as it is compared: `Rule{ID="x" Status="Enabled"}`, whatever the order, white space, comments
/// and namespaces; without its children called `but`. No deeper than find_elements() lets pass.
std::string canon(const Node& node, std::string_view but = {}) {
  std::string text;
  std::vector<std::string> children;
  for (const Node& child : node.children()) {
    if (child.type() == pugi::node_element) {
      if (name_of(child) != but) children.push_back(canon(child));
    } else {
      text += child.value();
    }
  }
  std::string out(name_of(node));
  if (children.empty() || !trimmed(text).empty()) append_json_string(out += '=', trimmed(text));
  std::ranges::sort(children);
  if (!children.empty()) out += fmt::format("{{{}}}", fmt::join(children, " "));
  return out;
}

/// Days of an action; -1 for one at a date.
Result<std::int64_t> days_of(const Node& action) {
  if (!text_of(action, "Date").empty()) return -1;
  return child_of(action, "Days") ? number_of<std::int64_t>(action, "Days") : 0;
}

/// Prefix, sizes and tags: below <Filter>, below its <And>, or, in the old form, a bare <Prefix>.
Status read_filter(const Node& node, LifecycleRule& rule) {
  const Node filter = child_of(node, "Filter");
  const Node both = child_of(filter, "And");
  rule.old_form = !filter && child_of(node, "Prefix");
  for (const Node& place : {node, filter, both}) {
    if (child_of(place, "Prefix")) rule.prefix = text_of(place, "Prefix");
    if (child_of(place, "Tag")) rule.tagged = true;
    if (!child_of(place, "ObjectSizeGreaterThan")) continue;
    const auto size = number_of<std::int64_t>(place, "ObjectSizeGreaterThan");
    if (!size) return std::unexpected(size.error());
    rule.larger_than = *size;
  }
  return {};
}

Result<LifecycleRule> rule_of(const Node& node) {
  LifecycleRule rule;
  rule.id = text_of(node, "ID");
  rule.enabled = text_of(node, "Status") == "Enabled";
  if (auto read = read_filter(node, rule); !read) return std::unexpected(read.error());
  for (const Node& child : node.children()) {
    if (name_of(child) == "Transition") {
      const auto days = days_of(child);
      if (!days) return std::unexpected(days.error());
      rule.moves.push_back({*days, text_of(child, "StorageClass")});
    } else if (name_of(child) == "Expiration") {
      const auto days = days_of(child);
      if (!days) return std::unexpected(days.error());
      rule.expire_days = *days;
    } else if (name_of(child) == "AbortIncompleteMultipartUpload") {
      const auto days = number_of<std::int64_t>(child, "DaysAfterInitiation");
      if (!days) return std::unexpected(days.error());
      rule.abort_days = *days;
    }
  }
  return rule;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

/// Writes elements, each name with the prefix.
class Writer {
 public:
  explicit Writer(std::string_view prefix) : prefix_(prefix) {}
  void open(std::string_view name) { out_ += fmt::format("<{}{}>", prefix_, name); }
  void close(std::string_view name) { out_ += fmt::format("</{}{}>", prefix_, name); }
  void leaf(std::string_view name, std::string_view text) { open(name), out_ += escaped(text), close(name); }
  void leaf(std::string_view name, std::int64_t number) { leaf(name, std::to_string(number)); }
  std::string take() { return std::move(out_); }

 private:
  std::string_view prefix_;
  std::string out_;
};

std::string canon_of(const LifecycleRule& rule) {
  pugi::xml_document document;
  document.load_string(format_rule(rule).c_str());
  return canon(document.document_element());
}

}  // namespace

std::string format_rule(const LifecycleRule& rule, std::string_view prefix) {
  Writer out(prefix);
  out.open(kRule);
  out.leaf("ID", rule.id);
  out.open("Filter");
  if (rule.larger_than > 0) out.open("And");
  out.leaf("Prefix", rule.prefix);
  if (rule.larger_than > 0) out.leaf("ObjectSizeGreaterThan", rule.larger_than), out.close("And");
  out.close("Filter");
  out.leaf("Status", rule.enabled ? "Enabled" : "Disabled");
  for (const LifecycleMove& move : rule.moves) {
    out.open("Transition");
    out.leaf("Days", move.days);
    out.leaf("StorageClass", move.storage_class);
    out.close("Transition");
  }
  if (rule.abort_days > 0) {
    out.open("AbortIncompleteMultipartUpload");
    out.leaf("DaysAfterInitiation", rule.abort_days);
    out.close("AbortIncompleteMultipartUpload");
  }
  out.close(kRule);
  return out.take();
}

Result<LifecycleText> LifecycleText::parse(std::string text) {
  LifecycleText made;
  made.text_ = std::move(text);
  if (made.text_.empty()) return made;
  if (auto found = made.find_rules(); !found) return fail(found.error(), "the bucket's lifecycle rules");
  return made;
}

Status LifecycleText::find_rules() {
  pugi::xml_document document;
  const auto ranges = find_elements(text_);
  if (!ranges) return std::unexpected(ranges.error());
  const auto root = root_of(document, text_, kRoot);
  if (!root) return std::unexpected(root.error());
  namespace_ = ranges->root.substr(0, ranges->root.size() - kRoot.size());
  end_ = ranges->end;
  std::vector<Node> nodes;
  for (const Node& node : root->children()) {
    if (node.type() == pugi::node_element) nodes.push_back(node);
  }
  // What cuts and what understands must agree on what there is.
  const auto same = [](const Node& node, const XmlRange& range) { return node.name() == range.name; };
  if (root->name() != ranges->root || !std::ranges::equal(nodes, ranges->elements, same))
    return fail(Code::corrupt, "no XML that can be understood: its elements cannot be told apart");
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (name_of(nodes[i]) != kRule) {
      rest_.push_back(canon(nodes[i]));
      continue;
    }
    auto rule = rule_of(nodes[i]);
    if (!rule) return std::unexpected(rule.error());
    rules_.push_back(std::move(*rule));
    places_.push_back(
        {ranges->elements[i].begin, ranges->elements[i].end, canon(nodes[i]), canon(nodes[i], "ID")});
  }
  std::ranges::sort(rest_);
  if (rules_.size() <= kMostLifecycleRules) return {};
  return fail(Code::corrupt, "they are more than {}", kMostLifecycleRules);
}

bool LifecycleText::has(const LifecycleRule& rule) const {
  return std::ranges::find(places_, canon_of(rule), &Place::canon) != places_.end();
}

std::string LifecycleText::with(const std::function<bool(const LifecycleRule&)>& ours,
                                const std::vector<LifecycleRule>& wanted) const {
  std::string out;
  std::size_t from = 0;
  std::size_t rules = wanted.size();
  std::vector<std::string> missing;
  for (const LifecycleRule& rule : wanted) missing.push_back(canon_of(rule));
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (!ours(rules_[i])) {
      ++rules;
      continue;
    }
    if (const auto at = std::ranges::find(missing, places_[i].canon); at != missing.end()) {
      at->clear();
      continue;
    }
    out += text_.substr(from, places_[i].begin - from);
    from = places_[i].end;
  }
  if (rules == 0) return {};
  std::string added;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!missing[i].empty()) added += format_rule(wanted[i], namespace_);
  }
  if (end_ != 0) return out + text_.substr(from, end_ - from) + added + text_.substr(end_);
  return fmt::format("<{0} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{1}</{0}>", kRoot, added);
}

bool LifecycleText::same_rules(const LifecycleText& other) const {
  return rest_ == other.rest_ && places_.size() == other.places_.size() && missing_in(other).empty();
}

std::string LifecycleText::missing_in(const LifecycleText& other) const {
  std::string missing;
  std::vector<const Place*> left;
  for (const Place& place : other.places_) left.push_back(&place);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const auto how = rules_[i].id.empty() ? &Place::anonymous : &Place::canon;
    const auto at =
        std::ranges::find_if(left, [&](const Place* place) { return place->*how == places_[i].*how; });
    if (at == left.end()) {
      missing += (missing.empty() ? "" : "\n") + places_[i].canon;
    } else {
      left.erase(at);
    }
  }
  return missing;
}

}  // namespace steward::objects
