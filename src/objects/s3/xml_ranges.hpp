#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace steward::objects {

/// An element directly below the root, and where in the text it stands.
struct XmlRange {
  std::size_t begin = 0, end = 0;
  std::string_view name;  ///< as it is written, with its namespace's prefix
};

struct XmlRanges {
  std::string_view root;           ///< its name as it is written
  std::size_t end = 0;             ///< where the root's closing tag begins; 0: it has none, as in "<a/>"
  std::vector<XmlRange> elements;  ///< in the text's order
};

/// Finds the elements below the root of a document, so that some can be cut out and every other byte stays.
/// Knows of comments, CDATA, processing instructions and quotes; whether names match is for an XML parser.
/// Code::corrupt for a document type, a bad nesting, or more than 32 levels.
Result<XmlRanges> find_elements(std::string_view xml);

}  // namespace steward::objects
