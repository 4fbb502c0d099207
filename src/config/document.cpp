#include "config/document.hpp"

#include <algorithm>
#include <tuple>

#include "config/toml.hpp"

namespace steward::config {

namespace {

int line_of(const toml::source_region& source) {
  return static_cast<int>(source.begin.line);
}

Node convert(const toml::node& node);

Node::Table convert(const toml::table& table) {
  Node::Table members;
  for (const auto& [key, value] : table) {
    members.push_back({std::string(key.str()), line_of(key.source()), convert(value)});
  }
  std::ranges::sort(members, {}, [](const Member& member) { return std::tie(member.line, member.key); });
  return members;
}

Node convert(const toml::node& node) {
  Node out;
  out.line = line_of(node.source());
  switch (node.type()) {
    case toml::node_type::string:
      out.value = node.as_string()->get();
      break;
    case toml::node_type::integer:
      out.value = node.as_integer()->get();
      break;
    case toml::node_type::boolean:
      out.value = node.as_boolean()->get();
      break;
    case toml::node_type::floating_point:
      out.value = Node::Other{"a float"};
      break;
    case toml::node_type::table:
      out.value = convert(*node.as_table());
      break;
    case toml::node_type::array: {
      Node::Array items;
      for (const toml::node& item : *node.as_array()) items.push_back(convert(item));
      out.value = std::move(items);
      break;
    }
    default:
      out.value = Node::Other{"a date or time"};
      break;
  }
  return out;
}

struct Describe {
  std::string operator()(const std::string& text) const {
    return text.size() > 60 ? fmt::format("a text of {} bytes", text.size()) : fmt::format("\"{}\"", text);
  }
  std::string operator()(std::int64_t number) const { return fmt::format("the integer {}", number); }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(const Node::Other& other) const { return other.kind; }
  std::string operator()(const Node::Array&) const { return "an array"; }
  std::string operator()(const Node::Table&) const { return "a table"; }
};

}  // namespace

std::string Node::description() const {
  return std::visit(Describe{}, value);
}

std::expected<Node, SyntaxError> parse_document(std::string_view text) {
  const toml::parse_result result = toml::parse(text);
  if (!result) {
    const toml::parse_error& error = result.error();
    return std::unexpected(SyntaxError{line_of(error.source()), std::string(error.description())});
  }
  Node root;
  root.value = convert(result.table());
  root.line = 1;
  return root;
}

}  // namespace steward::config
