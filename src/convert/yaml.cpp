#include "convert/yaml.hpp"

#include <yaml.h>

#include <algorithm>

namespace steward::convert {

namespace {

constexpr int kDeepest = 100;
constexpr int kMostMerges = 8;  // "<<" within "<<"
constexpr std::size_t kMostMembers = 10'000;

/// A parser of libyaml over a text, for as long as it lives.
class Parser {
 public:
  explicit Parser(std::string_view text) {
    good_ = ::yaml_parser_initialize(&parser_) == 1;
    if (good_)
      ::yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                     text.size());
  }
  ~Parser() {
    if (good_) ::yaml_parser_delete(&parser_);
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  yaml_parser_t* get() { return &parser_; }
  bool good() const { return good_; }
  std::unexpected<Error> fault(const std::string& file) const {
    return fail(Code::invalid, "{}:{}: not YAML: {}", file, parser_.problem_mark.line + 1,
                parser_.problem == nullptr ? "out of memory" : parser_.problem);
  }

 private:
  yaml_parser_t parser_{};
  bool good_ = false;
};

/// Looks at the events first: what is nested too deep is not loaded.
Status check_depth(std::string_view text, const std::string& file) {
  Parser parser(text);
  int depth = 0;
  for (bool over = !parser.good(); !over;) {
    yaml_event_t event;
    if (::yaml_parser_parse(parser.get(), &event) != 1) return parser.fault(file);
    const auto line = event.start_mark.line + 1;
    const bool begins = event.type == YAML_MAPPING_START_EVENT || event.type == YAML_SEQUENCE_START_EVENT;
    const bool ends = event.type == YAML_MAPPING_END_EVENT || event.type == YAML_SEQUENCE_END_EVENT;
    over = event.type == YAML_STREAM_END_EVENT;
    ::yaml_event_delete(&event);
    depth += begins ? 1 : ends ? -1 : 0;
    if (depth > kDeepest) return fail(Code::invalid, "{}:{}: nested more than {} deep", file, line, kDeepest);
  }
  return {};
}

}  // namespace

struct YamlDocument::Impl {
  yaml_document_t document{};
  bool loaded = false;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (loaded) ::yaml_document_delete(&document);
  }
  const yaml_node_t* node(int id) const {
    return ::yaml_document_get_node(const_cast<yaml_document_t*>(&document), id);  // reads only
  }
};

YamlDocument::YamlDocument(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
YamlDocument::YamlDocument(YamlDocument&&) noexcept = default;
YamlDocument& YamlDocument::operator=(YamlDocument&&) noexcept = default;
YamlDocument::~YamlDocument() = default;

Result<YamlDocument> YamlDocument::parse(std::string_view text, const std::string& file) {
  if (auto good = check_depth(text, file); !good) return std::unexpected(good.error());
  Parser parser(text);
  auto impl = std::make_unique<Impl>();
  if (!parser.good() || ::yaml_parser_load(parser.get(), &impl->document) != 1) return parser.fault(file);
  impl->loaded = true;
  Impl next;
  if (::yaml_parser_load(parser.get(), &next.document) != 1) return parser.fault(file);
  next.loaded = true;
  if (next.node(1) != nullptr)
    return fail(Code::invalid, "{}:{}: a second document begins here; give each a file of its own", file,
                next.node(1)->start_mark.line + 1);
  return YamlDocument(std::move(impl));
}

YamlDocument::Node YamlDocument::root() const {
  return impl_->node(1) == nullptr ? Node(impl_.get(), 0) : Node(impl_.get(), 1);
}

bool YamlDocument::Node::is_scalar() const {
  return id_ != 0 && impl_->node(id_)->type == YAML_SCALAR_NODE;
}
bool YamlDocument::Node::is_list() const {
  return id_ != 0 && impl_->node(id_)->type == YAML_SEQUENCE_NODE;
}
bool YamlDocument::Node::is_map() const {
  return id_ != 0 && impl_->node(id_)->type == YAML_MAPPING_NODE;
}

std::string YamlDocument::Node::text() const {
  if (!is_scalar()) return {};
  const auto& scalar = impl_->node(id_)->data.scalar;
  return {reinterpret_cast<const char*>(scalar.value), scalar.length};
}

bool YamlDocument::Node::is_null() const {
  if (!is_scalar()) return id_ == 0;
  const std::string value = text();
  return impl_->node(id_)->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
         (value.empty() || value == "~" || value == "null" || value == "Null" || value == "NULL");
}

int YamlDocument::Node::line() const {
  return id_ == 0 ? 0 : static_cast<int>(impl_->node(id_)->start_mark.line) + 1;
}

std::vector<YamlDocument::Node> YamlDocument::Node::items() const {
  std::vector<Node> out;
  if (!is_list()) return out;
  const auto& items = impl_->node(id_)->data.sequence.items;
  for (const yaml_node_item_t* item = items.start; item != items.top; ++item)
    out.push_back(Node(impl_, *item));
  return out;
}

void YamlDocument::Node::add_members(std::vector<Member>& into, int depth) const {
  if (!is_map() || depth > kMostMerges) return;
  std::vector<Node> merged;
  const auto& pairs = impl_->node(id_)->data.mapping.pairs;
  for (const yaml_node_pair_t* pair = pairs.start; pair != pairs.top; ++pair) {
    const Node key(impl_, pair->key), value(impl_, pair->value);
    if (!key.is_scalar() || into.size() >= kMostMembers) continue;
    if (key.text() == "<<") {
      if (value.is_map()) merged.push_back(value);
      for (const Node& item : value.items()) merged.push_back(item);
    } else if (std::ranges::find(into, key.text(), &Member::key) == into.end()) {
      into.push_back({key.text(), key.line(), value});
    }
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(merged.size(), kMostMerges); ++i)
    merged[i].add_members(into, depth + 1);
}

std::vector<YamlDocument::Node::Member> YamlDocument::Node::members() const {
  std::vector<Member> out;
  add_members(out, 0);
  return out;
}

YamlDocument::Node YamlDocument::Node::operator[](std::string_view key) const {
  const auto all = members();
  const auto found = std::ranges::find(all, key, &Member::key);
  return found == all.end() ? Node(impl_, 0) : found->value;
}

}  // namespace steward::convert
