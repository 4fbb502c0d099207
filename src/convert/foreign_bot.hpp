#pragma once

#include <fmt/core.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace steward::convert {

/// What a person has to know about one line of a foreign file.
struct Remark {
  std::string where;  ///< "trading.service:14"
  std::string text;
  bool lost = false;  ///< nothing of Steward does this; false: Steward does it by itself, or otherwise
};

/// A bot as another supervisor's file describes it: settings of Steward's, and what could not become one.
struct ForeignBot {
  config::Bot bot;
  std::string origin;  ///< for the comment above it: file, and what the file says about itself
  std::vector<Remark> remarks;
};

/// What a foreign file became. A plain value.
struct Converted {
  std::vector<ForeignBot> bots;
  std::vector<Remark> remarks;  ///< about what became no bot
};

/// Collects remarks about the lines of one file.
class Remarks {
 public:
  Remarks(std::vector<Remark>& into, std::string file) : into_(into), file_(std::move(file)) {}

  template <class... Args>
  void lost(int line, fmt::format_string<Args...> text, Args&&... args) {
    add(line, fmt::format(text, std::forward<Args>(args)...), true);
  }
  template <class... Args>
  void note(int line, fmt::format_string<Args...> text, Args&&... args) {
    add(line, fmt::format(text, std::forward<Args>(args)...), false);
  }

 private:
  void add(int line, std::string text, bool lost) {
    into_.push_back({line > 0 ? fmt::format("{}:{}", file_, line) : file_, std::move(text), lost});
  }

  std::vector<Remark>& into_;
  std::string file_;
};

/// What a conversion looks up on this machine; tests and fuzzers give their own.
struct Machine {
  /// The home folder of a user.
  std::function<std::optional<std::string>(const std::string& user)> home;
  std::function<bool(const std::string& path)> is_folder;
  /// A file's text, nothing when it cannot be read.
  std::function<std::optional<std::string>(const std::string& path)> text;
};
Machine this_machine();

/// A file of the user's: at most config::kLargestFile bytes of UTF-8 without NUL; the error names the file
/// (and line).
Result<std::string> read_foreign(const std::string& path);
/// What is wrong with the text of `file`, as read_foreign() has it.
Status check_foreign(std::string_view text, const std::string& file);

/// A name that a bot may have, as near to `name` as can be: "Betfair Bot@gold" → "betfair-bot-gold".
std::string bot_name(std::string_view name);
/// Adds what another file became. Bots whose name is taken get a number, "racing-2", also where those of
/// the same file wait for them, and a remark.
void merge(Converted& into, Converted from);
/// Takes out of `after` what names no bot or would make bots wait in a circle, with a remark.
void mend_order(Converted& converted);

/// Adds a variable to the bot's environment, or a remark why it cannot be there. The last one of a name wins.
void set_variable(ForeignBot& bot, Remarks& remarks, int line, const std::string& name,
                  const std::string& value);

/// At most 60 bytes of a value on one line, for a remark.
std::string clipped(std::string_view text);

/// Without spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace steward::convert
