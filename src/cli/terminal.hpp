#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace steward::cli {

/// Whether standard output is a terminal that shows colours (NO_COLOR and TERM=dumb are honoured).
bool colours();
/// Whether standard error is a terminal, so that progress may be drawn over.
bool progress_is_seen();
/// Columns of that terminal; 80 when it does not say.
int terminal_width();

/// Of the standard descriptors those that are closed become ones that nothing can be written to: the first
/// file that is opened would be one of them, and get what is printed.
void hold_standard_descriptors();

/// Writes to standard output at once.
void print(std::string_view text);
/// The exit status of a command that ends with `status`: no success when not all that it printed arrived.
int told(int status);

/// "steward: SENTENCE" on standard error, one line for each of the error's; returns the exit status: kAway
/// when nothing runs (Code::unavailable), else kFailed.
int complain(const Error& error);
/// The same of a command that needs nothing to run: a full disk or a store that is away is kFailed, too.
int give_up(const Error& error);
/// A remark on standard error that is no failure.
void remark(std::string_view sentence);

/// The path of this program, also after its file was replaced.
std::string own_path();
/// Who gives the command: $SUDO_USER, else the user's name, else "uid N".
std::string own_user();

/// One line on a terminal that is drawn over and over: what is being waited for. Silent in a pipe. Leaves the
/// line clean.
class Progress {
 public:
  Progress() = default;
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void show(std::string_view text);
  void clear();

 private:
  bool drawn_ = false;
};

}  // namespace steward::cli
