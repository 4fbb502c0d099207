#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace steward::convert {

/// A YAML 1.1 document by libyaml, as text: no scalar becomes a number or a truth, so none of YAML's typing
/// traps. Aliases are the node they name, not a copy, so a file cannot grow by them; whoever walks down takes
/// a fixed number of steps. Nodes are borrowed from their document.
class YamlDocument {
 public:
  class Node;

  /// Fails, with file and line, on what is no YAML, on a second document, or when nested more than 100 deep.
  static Result<YamlDocument> parse(std::string_view text, const std::string& file);
  Node root() const;

  YamlDocument(YamlDocument&&) noexcept;
  YamlDocument& operator=(YamlDocument&&) noexcept;
  ~YamlDocument();

 private:
  struct Impl;
  explicit YamlDocument(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A place in a document, or nothing.
class YamlDocument::Node {
 public:
  struct Member;

  explicit operator bool() const { return id_ != 0; }
  bool is_scalar() const;
  bool is_list() const;
  bool is_map() const;
  /// A scalar's text; empty for others.
  std::string text() const;
  /// Whether it is "~", "null" or nothing without quotes.
  bool is_null() const;
  int line() const;

  std::vector<Node> items() const;  ///< of a list
  /// Of a map, with those that "<<" brings in; each key once.
  std::vector<Member> members() const;
  Node operator[](std::string_view key) const;

 private:
  friend class YamlDocument;
  Node(const Impl* impl, int id) : impl_(impl), id_(id) {}
  void add_members(std::vector<Member>& into, int depth) const;

  const Impl* impl_ = nullptr;
  int id_ = 0;
};

struct YamlDocument::Node::Member {
  std::string key;
  int line = 0;
  Node value;
};

}  // namespace steward::convert
