#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace steward::alerts {

/// Appends one character (a whole UTF-8 sequence) as a service's markup wants it.
using Escape = void (*)(std::string& out, std::string_view character);

void as_it_is(std::string& out, std::string_view character);
/// & < > " as HTML, and Telegram's HTML mode, want them.
void html_escape(std::string& out, std::string_view character);
/// & < > as Slack's mrkdwn wants them.
void slack_escape(std::string& out, std::string_view character);
/// A backslash before what Discord's Markdown would take for formatting.
void discord_escape(std::string& out, std::string_view character);

inline constexpr std::size_t kNoLimit = static_cast<std::size_t>(-1);

/// The length as the services count it: UTF-16 units, of which a character has one or two. Where a service
/// counts characters this is never too little.
std::size_t units_of(std::string_view text);

/// `text`, each character escaped, in at most `most` units: what is too long ends with "…", and never within
/// a character or an escape. Bytes that are not UTF-8 become U+FFFD; control characters become spaces, line
/// feeds and tabs stay. The result is valid UTF-8.
std::string fit(std::string_view text, std::size_t most, Escape escape = as_it_is);

/// Text with markup that grows up to a limit: what is added is added whole, markup and all, or cut within the
/// text as fit() does, or not at all.
class Bounded {
 public:
  Bounded(std::size_t most, Escape escape) : left_(most), escape_(escape) {}

  /// Appends before + text + after. False, and nothing added, when not even a few characters of it fit.
  bool add(std::string_view before, std::string_view text, std::string_view after = {},
           std::size_t most_of_text = kNoLimit);
  /// Appends what is markup already, whole; false when it does not fit.
  bool add_raw(std::string_view markup);

  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }
  std::size_t left() const { return left_; }

 private:
  std::string text_;
  std::size_t left_;
  Escape escape_;
};

}  // namespace steward::alerts
