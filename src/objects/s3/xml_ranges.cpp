#include "objects/s3/xml_ranges.hpp"

#include <array>
#include <utility>

namespace steward::objects {

namespace {

constexpr int kDeepest = 32;

class Scanner {
 public:
  explicit Scanner(std::string_view xml) : xml_(xml) {}

  Result<XmlRanges> scan() {
    while (true) {
      const auto open = xml_.find('<', at_);
      if (open == std::string_view::npos) break;
      at_ = open;
      if (auto done = markup(); !done) return std::unexpected(done.error());
    }
    if (depth_ != 0 || found_.root.empty()) return bad("it ends early");
    return std::move(found_);
  }

 private:
  std::unexpected<Error> bad(std::string_view why) const {
    return fail(Code::corrupt, "no XML that can be understood, at byte {}: {}", at_, why);
  }

  Status skip_to(std::string_view close, std::size_t from) {
    const auto end = xml_.find(close, from);
    if (end == std::string_view::npos) return bad("something does not end");
    at_ = end + close.size();
    return {};
  }

  Status markup() {
    struct Skipped {
      std::string_view open, close;
    };
    constexpr std::array kSkipped = {Skipped{"<!--", "-->"}, Skipped{"<![CDATA[", "]]>"},
                                     Skipped{"<?", "?>"}};
    for (const auto& [open, close] : kSkipped) {
      if (xml_.substr(at_).starts_with(open)) return skip_to(close, at_ + open.size());
    }
    if (xml_.substr(at_).starts_with("<!")) return bad("a document type is not read");
    return xml_.substr(at_).starts_with("</") ? close_tag() : open_tag();
  }

  Status close_tag() {
    const std::size_t begin = at_;
    if (depth_ == 0) return bad("it closes what is not open");
    if (auto skipped = skip_to(">", at_); !skipped) return skipped;
    if (--depth_ == 1) found_.elements.back().end = at_;
    if (depth_ == 0) found_.end = begin;
    return {};
  }

  Status open_tag() {
    const std::size_t begin = at_;
    const std::size_t name_end = xml_.find_first_of(" \t\r\n/>", at_);
    if (name_end == std::string_view::npos || name_end == at_ + 1) return bad("a tag has no name");
    const std::string_view name = xml_.substr(at_ + 1, name_end - at_ - 1);
    std::size_t close = name_end;
    for (char quote = 0; close < xml_.size() && (quote != 0 || xml_[close] != '>'); ++close) {
      const char c = xml_[close];
      if (quote != 0 ? c == quote : c == '"' || c == '\'') quote = quote == 0 ? c : '\0';
    }
    if (close >= xml_.size()) return bad("a tag does not end");
    const bool empty = xml_[close - 1] == '/';
    if (depth_ == 0 && !found_.root.empty()) return bad("it has two roots");
    if (depth_ == 0) found_.root = name;
    if (depth_ == 1) found_.elements.push_back({begin, close + 1, name});
    if (!empty && ++depth_ > kDeepest) return bad("it is nested too deeply");
    at_ = close + 1;
    return {};
  }

  std::string_view xml_;
  std::size_t at_ = 0;
  int depth_ = 0;
  XmlRanges found_;
};

}  // namespace

Result<XmlRanges> find_elements(std::string_view xml) {
  return Scanner(xml).scan();
}

}  // namespace steward::objects
