#include "objects/s3/xml_nodes.hpp"

namespace steward::objects {

namespace {

constexpr std::size_t kMostBytes = 8 << 20;

}  // namespace

std::string_view name_of(const Node& node) {
  const std::string_view name = node.name();
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

Node child_of(const Node& parent, std::string_view name) {
  for (const Node& child : parent.children()) {
    if (name_of(child) == name) return child;
  }
  return {};
}

std::string text_of(const Node& parent, std::string_view name) {
  return child_of(parent, name).text().as_string();
}

Result<Node> root_of(pugi::xml_document& document, std::string_view xml, std::string_view name) {
  if (xml.size() > kMostBytes) return fail(Code::corrupt, "the answer is longer than 8 MiB");
  const auto parsed = document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!parsed) return fail(Code::corrupt, "the answer is no XML: {}", parsed.description());
  const Node root = document.document_element();
  if (name_of(root) != name)
    return fail(Code::corrupt, "the answer is a <{}>, not a <{}>", name_of(root), name);
  return root;
}

}  // namespace steward::objects
