#include "config/table_reader.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/units.hpp"
#include "config/nearest.hpp"
#include "os/files.hpp"

namespace steward::config {

namespace {

template <class T>
bool is(const Node& node) {
  return std::holds_alternative<T>(node.value);
}

bool has_control_characters(std::string_view text, bool but_lines) {
  return std::ranges::any_of(text, [&](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && !(but_lines && (c == '\n' || c == '\t'))) || c == 0x7f;
  });
}

}  // namespace

const Member* TableReader::any(std::string_view key) {
  if (std::ranges::find(known_, key) == known_.end()) known_.push_back(key);
  reading_.asked.push_back(full(key));
  if (table_ == nullptr) return nullptr;
  const auto found = std::ranges::find(*table_, key, &Member::key);
  return found == table_->end() ? nullptr : &*found;
}

const Member* TableReader::expect(std::string_view key, std::string_view what, bool right_kind(const Node&)) {
  const Member* member = any(key);
  if (member == nullptr || right_kind(member->node)) return member;
  reading_.problem(member->line, "{} must be {}, found {}", key, what, member->node.description());
  return nullptr;
}

int TableReader::text(std::string_view key, std::string& out, bool several_lines) {
  const Member* member = expect(key, "a text in quotes", is<std::string>);
  if (member == nullptr) return 0;
  const auto& value = std::get<std::string>(member->node.value);
  if (value.empty() || has_control_characters(value, several_lines)) {
    reading_.problem(member->line, "{} must not {}; give it a text or leave the line out", key,
                     value.empty()   ? "be empty"
                     : several_lines ? "hold control characters"
                                     : "be several lines or hold control characters");
    return 0;
  }
  out = value;
  return member->line;
}

int TableReader::truth(std::string_view key, bool& out) {
  const Member* member = expect(key, "true or false (without quotes)", is<bool>);
  if (member == nullptr) return 0;
  out = std::get<bool>(member->node.value);
  return member->line;
}

int TableReader::integer(std::string_view key, std::int64_t& out, std::int64_t least, std::int64_t most) {
  const Member* member = expect(key, "a whole number (without quotes)", is<std::int64_t>);
  if (member == nullptr) return 0;
  const auto value = std::get<std::int64_t>(member->node.value);
  if (value < least || value > most) {
    reading_.problem(member->line, "{} must be from {} to {}, found {}", key, least, most, value);
    return 0;
  }
  out = value;
  return member->line;
}

int TableReader::duration(std::string_view key, std::int64_t& out, std::int64_t least) {
  const Member* member = expect(key, "a duration in quotes, such as \"10s\"", is<std::string>);
  if (member == nullptr) return 0;
  const auto value = parse_duration(std::get<std::string>(member->node.value));
  if (!value) {
    reading_.problem(member->line, "{}: {}", key, value.error().message());
    return 0;
  }
  if (*value < least) {
    reading_.problem(member->line, "{} must be at least \"{}\", found {}", key, duration_setting(least),
                     member->node.description());
    return 0;
  }
  out = *value;
  return member->line;
}

int TableReader::bytes(std::string_view key, std::int64_t& out, std::int64_t least) {
  const Member* member = expect(key, "a size in quotes, such as \"64MiB\"", is<std::string>);
  if (member == nullptr) return 0;
  const auto value = parse_bytes(std::get<std::string>(member->node.value));
  if (!value) {
    reading_.problem(member->line, "{}: {}", key, value.error().message());
    return 0;
  }
  if (*value < least) {
    reading_.problem(member->line, "{} must be at least {}, found {}", key, format_bytes(least),
                     member->node.description());
    return 0;
  }
  out = *value;
  return member->line;
}

int TableReader::texts(std::string_view key, std::vector<std::string>& out) {
  const Member* member =
      expect(key, "an array of texts, such as [\"python3\", \"main.py\"]", is<Node::Array>);
  if (member == nullptr) return 0;
  std::vector<std::string> items;
  for (const Node& item : std::get<Node::Array>(member->node.value)) {
    const auto* text = std::get_if<std::string>(&item.value);
    if (text == nullptr || text->find('\0') != std::string::npos) {
      reading_.problem(item.line, "{} must be an array of texts in quotes, found {}", key,
                       text == nullptr ? item.description() : "a NUL character in one");
      return 0;
    }
    items.push_back(*text);
  }
  out = std::move(items);
  return member->line;
}

int TableReader::path(std::string_view key, std::string& out) {
  const int line = text(key, out);
  if (line > 0) out = absolute_from(reading_.file, out);
  return line;
}

TableReader TableReader::table(std::string_view key, int& line) {
  const Member* member = expect(key, "a table", is<Node::Table>);
  line = member == nullptr ? 0 : member->line;
  const std::string name = path_.empty() ? fmt::format("[{}]", key) : fmt::format("{} of {}", key, name_);
  return {member == nullptr ? nullptr : &std::get<Node::Table>(member->node.value), name, full(key),
          reading_};
}

std::vector<const Node*> TableReader::tables(std::string_view key, std::size_t most) {
  const Member* member = any(key);
  if (member == nullptr) return {};
  const auto* items = std::get_if<Node::Array>(&member->node.value);
  if (items == nullptr) {
    reading_.problem(member->line, "write [[{}]] with two brackets: each begins one {}", full(key), key);
    return {};
  }
  if (items->size() > most) {
    reading_.problem(member->line, "{} {}s are more than the {} that are kept", items->size(), key, most);
    return {};
  }
  std::vector<const Node*> found;
  for (const Node& item : *items) {
    if (is<Node::Table>(item)) {
      found.push_back(&item);
    } else {
      reading_.problem(item.line, "{} must be a table, begun by [[{}]], found {}", key, full(key),
                       item.description());
    }
  }
  return found;
}

void TableReader::finish() {
  if (table_ == nullptr) return;
  for (const Member& member : *table_) {
    if (std::ranges::find(known_, member.key) != known_.end()) continue;
    const std::string_view meant = nearest(member.key, known_);
    if (!meant.empty()) {
      reading_.problem(member.line, "{} has no key \"{}\"; did you mean \"{}\"?", name_, member.key, meant);
    } else {
      reading_.problem(member.line, "{} has no key \"{}\"; it knows {}", name_, member.key,
                       fmt::join(known_, ", "));
    }
  }
}

std::string absolute_from(const std::string& file, const std::string& path) {
  if (path.starts_with('/')) return path;
  std::string_view rest = path;
  while (rest.starts_with("./")) {
    rest.remove_prefix(2);
    while (rest.starts_with('/')) rest.remove_prefix(1);
  }
  const std::string folder = parent_of(file);
  if (rest.empty() || rest == ".") return folder;
  return (folder == "/" ? "" : folder) + "/" + std::string(rest);
}

}  // namespace steward::config
