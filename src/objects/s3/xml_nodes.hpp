#pragma once

#include <charconv>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace steward::objects {

// What readers of the store's XML share.

using Node = pugi::xml_node;

/// The local name: some stores write a prefix before it.
std::string_view name_of(const Node& node);

/// The first child of that name; null when there is none.
Node child_of(const Node& parent, std::string_view name);

/// The text of that child; empty when there is none.
std::string text_of(const Node& parent, std::string_view name);

/// A whole document of at most 8 MiB with that root, else Code::corrupt. pugixml resolves no entities of a
/// document's own and reads no other file.
Result<Node> root_of(pugi::xml_document& document, std::string_view xml, std::string_view name);

/// A whole number from 0 that must be there.
template <class Number>
Result<Number> number_of(const Node& parent, std::string_view name) {
  const std::string text = text_of(parent, name);
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0)
    return fail(Code::corrupt, "the answer has {:?} for <{}>", text, name);
  return value;
}

}  // namespace steward::objects
