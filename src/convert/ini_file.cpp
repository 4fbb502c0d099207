#include "convert/ini_file.hpp"

#include <algorithm>

#include "convert/foreign_bot.hpp"

namespace steward::convert {

namespace {

/// Without a comment: ; or # that begins the line or stands behind a space.
std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool marks = line[i] == ';' || line[i] == '#';
    if (marks && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) return line.substr(0, i);
  }
  return line;
}

template <class Item>
Item* find_named(std::vector<Item>& items, std::string Item::* name, std::string_view wanted) {
  const auto found = std::ranges::find(items, wanted, name);
  return found == items.end() ? nullptr : &*found;
}

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  Status line(std::string_view text, int number) {
    const std::string_view bare = trimmed(without_comment(text));
    if (bare.empty()) return {};
    const bool goes_on = (text[0] == ' ' || text[0] == '\t') && option_ != nullptr;
    if (goes_on) {
      option_->value += '\n';
      option_->value += bare;
      return {};
    }
    return bare[0] == '[' ? section(bare, number) : option(bare, number);
  }

  std::vector<IniSection> take() { return std::move(sections_); }

 private:
  Status section(std::string_view bare, int number) {
    const auto end = bare.find(']');
    if (end == std::string_view::npos)
      return fail(Code::invalid, "{}:{}: expected a section such as [program:trading], found \"{}\"", file_,
                  number, clipped(bare));
    option_ = nullptr;
    const auto name = bare.substr(1, end - 1);
    section_ = find_named(sections_, &IniSection::name, name);
    if (section_ == nullptr) section_ = &sections_.emplace_back(IniSection{std::string(name), number, {}});
    return {};
  }

  Status option(std::string_view bare, int number) {
    const auto mark = bare.find_first_of("=:");
    std::string key(trimmed(bare.substr(0, mark)));
    if (mark == std::string_view::npos || key.empty() || section_ == nullptr)
      return fail(Code::invalid,
                  "{}:{}: expected key=value in a section such as [program:trading], found \"{}\"", file_,
                  number, clipped(bare));
    for (char& c : key) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    option_ = find_named(section_->options, &IniOption::key, key);
    if (option_ == nullptr) option_ = &section_->options.emplace_back(IniOption{key, "", 0});
    option_->value = trimmed(bare.substr(mark + 1));
    option_->line = number;
    return {};
  }

  const std::string& file_;
  std::vector<IniSection> sections_;
  IniSection* section_ = nullptr;
  IniOption* option_ = nullptr;
};

}  // namespace

const IniOption* IniSection::find(std::string_view key) const {
  const auto found = std::ranges::find(options, key, &IniOption::key);
  return found == options.end() ? nullptr : &*found;
}

Result<std::vector<IniSection>> parse_ini(std::string_view text, const std::string& file) {
  Reader reader(file);
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (auto good = reader.line(line, number); !good) return std::unexpected(good.error());
  }
  return reader.take();
}

}  // namespace steward::convert
